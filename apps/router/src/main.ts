import 'reflect-metadata';
import { runService } from '#platform';
import { routerService } from './router-service';

void runService(routerService);
