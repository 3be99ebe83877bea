/**
 * What any server between a caller and ComfyUI does at the least: takes a prompt over HTTP, has it
 * run, and answers with its pictures. Nothing of it is kept, checked, queued or tried again.
 *
 * Started with the engine's address, its output folder, and the port to listen on.
 */
import { randomUUID } from 'node:crypto';
import { readFile, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

import { ComfySession, type Output } from '../clients/comfy.session';
import type { Graph } from '../graphs';

const CONNECTIONS = 64;

async function main([engineUrl, outputFolder, port]: readonly string[]): Promise<void> {
  if (engineUrl === undefined || outputFolder === undefined || port === undefined) {
    throw new TypeError('Usage: <engine url> <output folder> <port>');
  }
  const session = await ComfySession.connect(engineUrl, CONNECTIONS);
  session.onClose(() => end(new Error('The engine closed the websocket')));
  const server = createServer((request, response) => {
    answer(request, response, session, outputFolder).catch((error: unknown) => {
      process.stderr.write(`${messageOf(error)}\n`);
      response.writeHead(500, { 'content-type': 'text/plain' }).end(messageOf(error));
    });
  });
  server.keepAliveTimeout = 75_000;
  server.listen(Number(port), '127.0.0.1');
  // In order, so that a CPU profile is written.
  process.once('SIGTERM', () => process.exit(0));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  session: ComfySession,
  outputFolder: string,
): Promise<void> {
  const route = `${request.method ?? ''} ${request.url ?? ''}`;
  if (route === 'GET /ready') return void response.writeHead(200).end();
  if (route !== 'POST /prompt') return void response.writeHead(404).end();
  const { prompt } = JSON.parse(await textOf(request)) as { readonly prompt: Graph };
  const id = randomUUID();
  const outputs = await session.run(prompt, id);
  const images = await Promise.all(outputs.map((output) => take(output, outputFolder)));
  const text = JSON.stringify({ id, images, prompt });
  const length = Buffer.byteLength(text);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
  response.end(text);
}

function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
  });
}

/** A picture in base64, gone from the engine's folder. */
async function take({ filename, subfolder }: Output, outputFolder: string): Promise<string> {
  const path = join(outputFolder, subfolder, filename);
  const bytes = await readFile(path);
  await unlink(path);
  return bytes.toString('base64');
}

function end(error: unknown): never {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main(process.argv.slice(2)).catch(end);
