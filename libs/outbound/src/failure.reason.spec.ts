import { reasonOf } from './failure.reason';
import { TunnelError } from './outbound.dispatcher';

describe('the reason of a failure', () => {
  it.each([
    ['ECONNREFUSED', 'the connection was refused'],
    ['ENOTFOUND', 'the name was not found'],
    ['EAI_AGAIN', 'the name could not be looked up'],
    ['EHOSTUNREACH', 'there is no route to it'],
    ['UND_ERR_CONNECT_TIMEOUT', 'no connection came about in time'],
    ['UND_ERR_SOCKET', 'the connection was lost'],
    ['HPE_INVALID_CONSTANT', 'what came back is not HTTP'],
    ['EPROTO', 'no secure connection came about'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'no secure connection came about'],
    ['CERT_HAS_EXPIRED', 'its certificate is not trusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is not trusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is not trusted'],
    ['ESTRANGE', 'the connection failed (ESTRANGE)'],
  ])('%s is said in plain words', (code, reason) => {
    expect(reasonOf(Object.assign(new Error('x'), { code }))).toBe(reason);
  });

  it('does not repeat messages, which may tell anything', () => {
    expect(reasonOf(new Error('secret'))).toBe('the connection failed');
    expect(reasonOf('secret')).toBe('the connection failed');
    expect(reasonOf({ code: 7 })).toBe('the connection failed');
  });

  it('tells that a proxy was between', () => {
    const cause = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    expect(reasonOf(new TunnelError({ cause }))).toBe(
      'through the proxy, the connection was refused',
    );
  });
});
