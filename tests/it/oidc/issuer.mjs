// A real OpenID provider with one key, made when it starts: where the library is, its port, the name of its key.
import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [library, port, kid] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(library));

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [key] },
  clients: [{
    client_id: 'alice',
    client_secret: 'not-a-secret',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
  }],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  extraTokenClaims: () => ({ org: 'acme', roles: ['docs/planner'] }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:portcullis',
      getResourceServerInfo: () => ({
        scope: 'portcullis/decision:decide',
        audience: 'portcullis',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
