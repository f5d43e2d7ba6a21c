import 'reflect-metadata';
import { runService } from '#platform';
import { consoleService } from './console-service';

void runService(consoleService);
