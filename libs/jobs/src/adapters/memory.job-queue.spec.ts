import { describeJobQueue } from '../testing/job-queue.contract';
import { MemoryJobQueue } from './memory.job-queue';

describeJobQueue('memory', () => Promise.resolve(new MemoryJobQueue()));
