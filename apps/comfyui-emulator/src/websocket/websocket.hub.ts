import { stringifyJson, type JsonObject, type JsonValue } from '@gateway/comfy-protocol';
import type { WebSocket } from 'ws';

import { MessageOutlet } from './message.outlet';

/** Given instead of a client id: the message goes to every socket. */
export const EVERYONE = undefined;

/** The last stop of a text message before the wire; a fault may spoil it here. */
export type RewriteText = (text: string) => string;

interface Registration {
  readonly socket: WebSocket;
  flags: JsonObject;
}

/**
 * Sockets by client id.
 *
 * A second socket with the same id replaces the first in the registry, and when the *first* closes,
 * the registration of the second is dropped with it: ComfyUI's own behaviour (its issue 16010).
 */
export class WebsocketHub {
  private readonly registry = new Map<string, Registration>();
  private readonly outlet = new MessageOutlet();

  constructor(private readonly rewrite: RewriteText) {}

  get size(): number {
    return this.registry.size;
  }

  register(clientId: string, socket: WebSocket): void {
    this.registry.delete(clientId);
    this.registry.set(clientId, { socket, flags: {} });
  }

  /** Drops whatever stands under this id, even if it is somebody else's socket. */
  unregister(clientId: string): void {
    this.registry.delete(clientId);
  }

  setFlags(clientId: string, flags: JsonObject): void {
    const registration = this.registry.get(clientId);
    if (registration !== undefined) registration.flags = flags;
  }

  supports(clientId: string | undefined, flag: string): boolean {
    if (clientId === undefined) return false;
    return this.registry.get(clientId)?.flags[flag] === true;
  }

  /** Whether anybody would get a message for this client id (or for everyone). */
  reaches(clientId: string | undefined): boolean {
    return clientId === EVERYONE ? this.registry.size > 0 : this.registry.has(clientId);
  }

  /** Queues a message for one client, or for everyone; nobody there, nothing kept. */
  publish(type: string, data: JsonObject, clientId: string | undefined): void {
    if (this.reaches(clientId)) this.publishText(encodeMessage(type, data), clientId);
  }

  /** As {@link publish}, with the message already written. */
  publishText(text: string, clientId: string | undefined): void {
    this.outlet.push(this.rewrite(text), () => this.socketsOf(clientId));
  }

  publishBinary(frame: Buffer, clientId: string | undefined): void {
    if (this.reaches(clientId)) this.outlet.push(frame, () => this.socketsOf(clientId));
  }

  /** Sends past the line, as ComfyUI does for its answers on a fresh connection. */
  sendNow(socket: WebSocket, type: string, data: JsonObject): void {
    if (socket.readyState === socket.OPEN) socket.send(this.rewrite(encodeMessage(type, data)));
  }

  /** Breaks every connection without a close frame. */
  dropAll(): void {
    for (const { socket } of this.registry.values()) socket.terminate();
  }

  private socketsOf(clientId: string | undefined): readonly WebSocket[] {
    if (clientId === EVERYONE) return [...this.registry.values()].map(({ socket }) => socket);
    const registration = this.registry.get(clientId);
    return registration === undefined ? [] : [registration.socket];
  }
}

function encodeMessage(type: string, data: JsonValue): string {
  return stringifyJson({ type, data });
}
