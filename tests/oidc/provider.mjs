// An identity provider on a free port of the loopback: node provider.mjs REDIRECT_URL. Writes its issuer to stdout as
// one line. Signs in whoever asks, by any password, as the person of that name; `NAME~TENANT` is somebody of a tenant,
// as Entra has them. Ends with its stdin.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

const [redirectUrl] = process.argv.slice(2);

async function key(algorithm) {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: "sig", kid: algorithm };
}

// One client for each way to authenticate and each algorithm.
const clients = ["RS256", "PS256", "ES256"].flatMap((algorithm) =>
  ["client_secret_basic", "none"].map((method) => ({
    client_id: `${algorithm} ${method}`,
    ...(method === "none" ? {} : { client_secret: "a secret: + %41" }),
    token_endpoint_auth_method: method,
    id_token_signed_response_alg: algorithm,
    redirect_uris: [redirectUrl],
  })),
);

const server = createServer();
server.listen(0, "127.0.0.1", async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys: await Promise.all(["RS256", "PS256", "ES256"].map(key)) },
    cookies: { keys: ["only for this test"] },
    claims: { profile: ["name", "preferred_username", "tid"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false, // as Entra: all claims are in the ID token
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256"] },
    clientAuthMethods: ["client_secret_basic", "none"],
    pkce: { required: () => true },
    findAccount: (_, id) => {
      const [name, tenant] = id.split("~");
      return {
        accountId: id,
        claims: () => ({
          sub: id,
          name: `Person ${name}`,
          preferred_username: `${name}@example.com`,
          email: `${name}@mail.example.com`,
          email_verified: true,
          tid: tenant,
        }),
      };
    },
  });
  server.on("request", provider.callback());
  process.stdout.write(`${issuer}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
