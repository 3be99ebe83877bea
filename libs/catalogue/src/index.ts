export { Catalogue } from './catalogue';
export { inputConfig, isCoreClass } from './input-traits';
