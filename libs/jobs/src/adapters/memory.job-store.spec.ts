import { describeJobStore } from '../testing/job-store.contract';
import { MemoryJobStore } from './memory.job-store';

describeJobStore('memory', () => Promise.resolve(new MemoryJobStore()));
