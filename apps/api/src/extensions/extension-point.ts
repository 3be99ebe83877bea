import { applyDecorators, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, type DiscoverableDecorator } from '@nestjs/core';

/** A decorator for classes that keep a contract; it does not compile on others. */
export type ExtensionDecorator<Contract> = (target: Type<Contract>) => void;

/** One kind of thing that extensions add: the mark that its classes carry. */
export interface ExtensionPoint<Contract, Options> {
  /** As people write it. */
  readonly name: string;
  readonly mark: DiscoverableDecorator<Options>;
  /** Marks a class, and makes it injectable. */
  decorate(options: Options): ExtensionDecorator<Contract>;
}

export function extensionPoint<Contract, Options extends object = object>(
  name: string,
): ExtensionPoint<Contract, Options> {
  const mark = DiscoveryService.createDecorator<Options>();
  return {
    name,
    mark,
    decorate: (options) => applyDecorators(Injectable(), mark(options)),
  };
}
