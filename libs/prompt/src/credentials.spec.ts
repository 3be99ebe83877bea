import { withoutCredentials } from './credentials';

describe('withoutCredentials', () => {
  it('takes out what ComfyUI takes for credentials, and leaves all else', () => {
    const extraData = {
      api_key_comfy_org: 'k',
      auth_token_comfy_org: 't',
      extra_pnginfo: { a: 1 },
    };
    expect(withoutCredentials(extraData)).toEqual({
      extraData: { extra_pnginfo: { a: 1 } },
      secrets: { api_key_comfy_org: 'k', auth_token_comfy_org: 't' },
    });
  });

  it('has no secrets where there are none', () => {
    expect(withoutCredentials({ client_id: 'x' })).toEqual({ extraData: { client_id: 'x' } });
    expect(withoutCredentials(undefined)).toEqual({ extraData: {} });
  });
});
