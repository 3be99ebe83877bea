import { runGateway } from 'comfyui-gateway/app';

import { JobCountsModule } from './job-counts.listener';
import { TiffModule } from './tiff.format';

void runGateway({ modules: [TiffModule, JobCountsModule] });
