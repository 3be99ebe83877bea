export { Catalogue } from './catalogue';
export { inputConfig, isCoreClass, isUploadInput } from './input-traits';
