import { AssetService, type Asset, type MintedAsset } from '@gateway/assets';
import { systemClock, type Clock } from '@gateway/kernel';
import {
  Body,
  Delete,
  Get,
  Head,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiExcludeEndpoint,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { ApiV2Controller } from '../api-v2.controller';
import { Bodyless } from '../bodyless';
import { InvalidRequestError, RangeNotSatisfiableError } from '../comfy-api-v2.errors';
import { COMFY_API_V2_OPTIONS, type ComfyApiV2Options } from '../comfy-api-v2.module-definition';
import { ApiV2Errors } from '../error-envelope.dto';
import { withKey } from '../idempotency';
import { SOLE_OWNER } from '../owner';
import { PublicUrls } from '../public-urls';
import { assetBody } from './asset.body';
import { AssetDto, FromHashDto, UPLOAD_FORM, type AssetBody } from './asset.dto';
import { contentAnswer, type ContentRequest } from './content.answer';
import { sendContent } from './content.delivery';
import { readUploadForm } from './upload.form';
import { UploadsUnderWay } from './uploads-under-way';

const NOT_FOUND = '`not_found`: there is none, or it has expired.';

const STALLED_AFTER_MS = 60_000;

/** Files of clients and outputs of jobs. */
@ApiV2Controller('assets')
export class AssetsController {
  private readonly clock: Clock;
  private readonly stalledAfterMs: number;

  constructor(
    @Inject(AssetService) private readonly assets: AssetService,
    @Inject(PublicUrls) private readonly urls: PublicUrls,
    @Inject(UploadsUnderWay) private readonly uploads: UploadsUnderWay,
    @Inject(COMFY_API_V2_OPTIONS) private readonly options: ComfyApiV2Options,
  ) {
    this.stalledAfterMs = options.stalledAfterMs ?? STALLED_AFTER_MS;
    this.clock = options.clock ?? systemClock;
  }

  @Post()
  @ApiOperation({
    operationId: 'postAssets',
    summary: 'Upload a file',
    description:
      'The parts of the form may come in any order; the file is streamed to disk. The same bytes are ' +
      'kept once.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: UPLOAD_FORM })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Good for one request within 24 hours, unless nothing came of that.',
  })
  @ApiCreatedResponse({ type: AssetDto, description: 'New bytes.' })
  @ApiOkResponse({ type: AssetDto, description: 'One more asset over bytes that were here.' })
  @ApiV2Errors({
    403: '`forbidden`: models may not be uploaded here.',
    409: '`hash_mismatch`, or `model_exists`: models are never overwritten.',
    413: '`payload_too_large`: larger than an upload may be, or than there is room for.',
    422: '`idempotency_key_reuse`, `invalid_request`, or `invalid_model`.',
    503: '`service_unavailable`: the disk is full, or models have no folder; see `Retry-After`.',
  })
  async upload(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') key?: string,
  ): Promise<AssetBody> {
    if (!/^multipart\/form-data/i.test(request.headers['content-type'] ?? '')) {
      throw new InvalidRequestError('The body must be multipart/form-data');
    }
    const claim = { ownerId: SOLE_OWNER, key, now: this.clock.now() };
    const minted = await withKey(this.options.keys, claim, async (keep) => {
      const { upload, fields } = await readUploadForm(request.raw, this.assets, {
        maxUploadBytes: this.options.maxUploadBytes,
        stalledAfterMs: this.stalledAfterMs,
        signal: this.uploads.signal,
      });
      return upload.keep(SOLE_OWNER, fields, keep);
    });
    reply.status(minted.areBytesNew ? 201 : 200);
    return this.created(minted, request);
  }

  @Post('from-hash')
  @ApiOperation({
    operationId: 'assetFromHash',
    summary: 'Make an asset over bytes that are here already',
  })
  @ApiCreatedResponse({ type: AssetDto })
  @ApiOkResponse({ type: AssetDto, description: 'It was there already, the same in all.' })
  @ApiV2Errors({
    404: '`blob_not_found`: no bytes of that hash that you may use.',
    422: '`invalid_request`',
  })
  async mint(
    @Body() { hash, file_path, tags, expires_in }: FromHashDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AssetBody> {
    const minted = await this.assets.mintFromHash(SOLE_OWNER, {
      hash: hash.toLowerCase(),
      filePath: file_path,
      tags,
      expiresInS: expires_in,
    });
    reply.status(minted.isMinted ? 201 : 200);
    return this.created(minted, request);
  }

  @Head('by-hash/:hash')
  @ApiOperation({
    operationId: 'headAssetByHash',
    summary: 'Whether bytes are here',
    description: '200 if `from-hash` would find them, 404 otherwise.',
  })
  @ApiOkResponse({ description: 'They are.' })
  @ApiResponse({ status: 404, description: 'They are not, or not for you.' })
  hasBlob(@Param('hash') hash: string, @Res() reply: FastifyReply): void {
    const isHere = this.assets.hasBlob(SOLE_OWNER, hash.toLowerCase());
    void reply.status(isHere ? 200 : 404).send();
  }

  /** Stands before its GET: Fastify would make one of that, and read the whole file for it. */
  @Head(':id/content')
  @ApiExcludeEndpoint()
  describeContent(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    const { status, headers } = contentAnswer(this.assets.get(SOLE_OWNER, id), factsOf(request));
    void reply.status(status).headers(headers).send();
  }

  @Get(':id/content')
  @ApiOperation({
    operationId: 'getAssetContent',
    summary: 'The bytes of an asset',
    description: 'Whole, or one range of them. The `ETag` is strong and never changes.',
  })
  @ApiHeader({ name: 'Range', required: false, example: 'bytes=0-1048575' })
  @ApiOkResponse({ description: 'All bytes.', content: bytes() })
  @ApiResponse({ status: 206, description: 'A range of them.', content: bytes() })
  @ApiResponse({ status: 304, description: 'You have them, says your `If-None-Match`.' })
  @ApiV2Errors({ 404: NOT_FOUND, 416: '`range_not_satisfiable`' })
  async content(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const opened = await this.assets.open(SOLE_OWNER, id);
    const { status, headers, range } = contentAnswer(opened.asset, factsOf(request));
    reply.status(status).headers(headers);
    if (status === 200 || status === 206) {
      await sendContent(reply, opened.stream(range), this.stalledAfterMs);
      return;
    }
    await opened.close();
    if (status === 416) throw new RangeNotSatisfiableError(opened.asset.sizeBytes);
    void reply.send();
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getAsset', summary: 'An asset' })
  @ApiOkResponse({ type: AssetDto })
  @ApiV2Errors({ 404: NOT_FOUND })
  get(@Param('id') id: string, @Req() request: FastifyRequest): AssetBody {
    return this.body(this.assets.get(SOLE_OWNER, id), request);
  }

  @Delete(':id')
  @HttpCode(204)
  @Bodyless()
  @ApiOperation({
    operationId: 'deleteAsset',
    summary: 'Delete an asset',
    description: 'Its bytes go with the last asset over them; a model stays in its folder.',
  })
  @ApiNoContentResponse()
  @ApiV2Errors({ 404: NOT_FOUND, 409: '`asset_in_use`: something depends on it.' })
  async delete(@Param('id') id: string): Promise<void> {
    await this.assets.delete(SOLE_OWNER, id);
  }

  private created({ asset, areBytesNew }: MintedAsset, request: FastifyRequest): AssetBody {
    return { ...this.body(asset, request), created_new: areBytesNew };
  }

  private body(asset: Asset, request: FastifyRequest): AssetBody {
    const url = this.urls.to(`/assets/${asset.id}/content`, request);
    return assetBody(asset, url, this.clock.now());
  }
}

function factsOf({ method, headers }: FastifyRequest): ContentRequest {
  return {
    method,
    range: headers.range,
    ifRange: headers['if-range']?.toString(),
    ifNoneMatch: headers['if-none-match'],
  };
}

function bytes() {
  return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
}
