/** Model files by type, as `GET /models` answers them: a type is a folder of ComfyUI's model folder. */
export type ModelFiles = Readonly<Record<string, readonly string[]>>;

/** What a graph is expected to save: one file of a kind. */
export type Expected =
  | { readonly contentType: 'image/png'; readonly width: number; readonly height: number }
  | { readonly contentType: 'image/webp'; readonly width: number; readonly height: number }
  | { readonly contentType: 'video/mp4' | 'video/webm' };

/** One graph, what it needs, and what comes out. */
export interface FamilyGraph {
  /** `<family>/<what it does>`: its file beside this one, without `.json`. */
  readonly name: string;
  readonly needs: ModelFiles;
  readonly saves: Expected;
}

const SD15 = 'dreamshaper_8.safetensors';
const SDXL = 'sd_xl_base_1.0.safetensors';
const FLUX = 'flux1-schnell-fp8.safetensors';
const LTXV = 'ltx-video-2b-v0.9.1.safetensors';

/** Every family of models that is tested; docs/models.md says where the files come from. */
export const FAMILY_GRAPHS: readonly FamilyGraph[] = [
  {
    name: 'sd1.5/txt2img',
    needs: { checkpoints: [SD15] },
    saves: { contentType: 'image/png', width: 512, height: 512 },
  },
  {
    name: 'sd1.5/img2img',
    needs: { checkpoints: [SD15] },
    saves: { contentType: 'image/png', width: 512, height: 512 },
  },
  {
    name: 'sd1.5/txt2img-with-controlnet',
    needs: {
      checkpoints: [SD15],
      controlnet: ['openpose-sd1.5-1.1.safetensors'],
      loras: ['jump_V2.safetensors'],
      vae: ['vae-ft-mse-840000-ema-pruned.ckpt'],
    },
    saves: { contentType: 'image/png', width: 512, height: 768 },
  },
  {
    name: 'sdxl/txt2img',
    needs: { checkpoints: [SDXL] },
    saves: { contentType: 'image/png', width: 1024, height: 1024 },
  },
  {
    name: 'sdxl/img2img',
    needs: { checkpoints: [SDXL] },
    saves: { contentType: 'image/png', width: 1024, height: 1024 },
  },
  {
    name: 'sdxl/txt2img-with-refiner',
    needs: { checkpoints: [SDXL, 'sd_xl_refiner_1.0.safetensors'] },
    saves: { contentType: 'image/png', width: 1024, height: 1024 },
  },
  {
    name: 'sd3.5/txt2img',
    needs: {
      checkpoints: ['sd3.5_medium.safetensors'],
      text_encoders: ['clip_g.safetensors', 'clip_l.safetensors', 't5xxl_fp8_e4m3fn.safetensors'],
    },
    saves: { contentType: 'image/png', width: 1024, height: 1024 },
  },
  {
    name: 'flux/txt2img',
    needs: { checkpoints: [FLUX] },
    saves: { contentType: 'image/png', width: 1024, height: 1024 },
  },
  {
    name: 'flux/img2img',
    needs: { checkpoints: [FLUX] },
    saves: { contentType: 'image/png', width: 1024, height: 1024 },
  },
  {
    name: 'animatediff/txt2vid',
    needs: { animatediff_models: ['AnimateLCM_sd15_t2v.ckpt'], checkpoints: [SD15] },
    saves: { contentType: 'video/mp4' },
  },
  {
    name: 'ltx-video/txt2vid',
    needs: { checkpoints: [LTXV], text_encoders: ['t5xxl_fp16.safetensors'] },
    saves: { contentType: 'image/webp', width: 512, height: 320 },
  },
  {
    name: 'ltx-video/img2vid',
    needs: { checkpoints: [LTXV], text_encoders: ['t5xxl_fp16.safetensors'] },
    saves: { contentType: 'image/webp', width: 512, height: 320 },
  },
  {
    name: 'hunyuan-video/txt2vid',
    needs: {
      diffusion_models: ['hunyuan_video_t2v_720p_bf16.safetensors'],
      text_encoders: ['clip_l.safetensors', 'llava_llama3_fp8_scaled.safetensors'],
      vae: ['hunyuan_video_vae_bf16.safetensors'],
    },
    saves: { contentType: 'video/mp4' },
  },
  {
    name: 'cogvideox/txt2vid',
    needs: {
      CogVideo: [
        'CogVideo2B/transformer/diffusion_pytorch_model.safetensors',
        'CogVideo2B/vae/diffusion_pytorch_model.safetensors',
      ],
      text_encoders: ['t5xxl_fp8_e4m3fn.safetensors'],
    },
    saves: { contentType: 'video/mp4' },
  },
  {
    name: 'mochi/txt2vid',
    needs: { checkpoints: ['mochi_preview_fp8_scaled.safetensors'] },
    saves: { contentType: 'image/webp', width: 480, height: 272 },
  },
  {
    name: 'cosmos/text2world',
    needs: {
      diffusion_models: ['Cosmos-1_0-Diffusion-7B-Text2World.safetensors'],
      text_encoders: ['oldt5_xxl_fp8_e4m3fn_scaled.safetensors'],
      vae: ['cosmos_cv8x8x8_1.0.safetensors'],
    },
    saves: { contentType: 'video/webm' },
  },
];
