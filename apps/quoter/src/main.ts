import 'reflect-metadata';
import { runService } from '#platform';
import { quoterService } from './quoter-service';

void runService(quoterService);
