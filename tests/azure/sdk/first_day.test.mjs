// Microsoft's own libraries against the stand-in: what a partner does on the first day. Run by ../test_sdk.py, which
// names a file with the stand-in's description in STAND_IN_FILE.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { BillingManagementClient } from "@azure/arm-billing";
import { CostManagementClient } from "@azure/arm-costmanagement";
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
} from "@azure/identity";
import { BlobServiceClient, ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";

const standIn = JSON.parse(readFileSync(process.env.STAND_IN_FILE, "utf8"));
const account = standIn.billing_accounts[0];
const scope = account.scope.slice(1);
const owner = standIn.apps.owner;
const signIn = { authorityHost: standIn.login, disableInstanceDiscovery: true, retryOptions: { maxRetries: 0 } };
const secret = new ClientSecretCredential(owner.tenant, owner.client_id, owner.secret, signIn);
const arm = { endpoint: standIn.arm };
const costs = new CostManagementClient(secret, arm);
const billing = new BillingManagementClient(secret, standIn.storage_accounts.partnerexports.resource_id.split("/")[2],
  arm);
const armScope = "https://management.azure.com/.default";

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

async function tell(command, body = {}) {
  const answer = await fetch(`${standIn.control}/stand-in/${command}`, { method: "POST", body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

function exportBody(more = {}) {
  return {
    format: "Csv",
    definition: { type: "ActualCost", timeframe: "MonthToDate", dataSet: { granularity: "Daily" } },
    deliveryInfo: {
      destination: {
        resourceId: standIn.storage_accounts.partnerexports.resource_id,
        container: "exports",
        rootFolderPath: "sdk",
      },
    },
    schedule: {
      status: "Active",
      recurrence: "Daily",
      recurrencePeriod: { from: new Date("2027-01-01T00:00:00Z"), to: new Date("2028-01-01T00:00:00Z") },
    },
    partitionData: true,
    ...more,
  };
}

test("a secret signs in for ARM and for storage, in the own and in a consenting tenant", async () => {
  const token = await secret.getToken(armScope);
  const claims = JSON.parse(Buffer.from(token.token.split(".")[1], "base64url"));
  assert.equal(claims.tid, owner.tenant);
  assert.equal(claims.appid, owner.client_id);
  assert.equal(claims.aud, "https://management.azure.com");
  assert.ok(token.expiresOnTimestamp > Date.now());
  const away = new ClientSecretCredential(standIn.storage_tenant, owner.client_id, owner.secret, signIn);
  assert.ok((await away.getToken("https://storage.azure.com/.default")).token);
});

test("a certificate signs in", async () => {
  const credential = new ClientCertificateCredential(owner.tenant, owner.client_id, owner.certificate, signIn);
  assert.ok((await credential.getToken(armScope)).token);
});

test("a federated token signs in", async () => {
  const { token } = await tell("federated-token", { subject: "system:serviceaccount:billing:apportion" });
  const credential = new ClientAssertionCredential(owner.tenant, owner.client_id, async () => token, signIn);
  assert.ok((await credential.getToken(armScope)).token);
});

test("the managed identity of a machine signs in", async () => {
  process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = standIn.imds;
  const clientId = standIn.apps["managed-identity"].client_id;
  const token = await new ManagedIdentityCredential({ clientId }).getToken(armScope);
  assert.equal(JSON.parse(Buffer.from(token.token.split(".")[1], "base64url")).appid, clientId);
  assert.ok(token.expiresOnTimestamp > Date.now());
});

test("a wrong secret, an expired one, a foreign tenant and a blocked application are told apart", async () => {
  const cases = [
    [owner.tenant, owner.client_id, "wrong", /AADSTS7000215/],
    [owner.tenant, standIn.apps.expired.client_id, standIn.apps.expired.secret, /AADSTS7000222/],
    [owner.tenant, standIn.apps.blocked.client_id, standIn.apps.blocked.secret, /AADSTS53003/],
    [standIn.storage_tenant, standIn.apps.reader.client_id, standIn.apps.reader.secret, /AADSTS700016/],
  ];
  for (const [tenant, id, password, message] of cases) {
    await assert.rejects(new ClientSecretCredential(tenant, id, password, signIn).getToken(armScope), message);
  }
});

test("billing accounts, profiles and customers are listed, in pages or whole", async () => {
  await tell("settings", { page_size: 2, empty_pages: true });
  const accounts = await all(billing.billingAccounts.list());
  const profiles = await all(billing.billingProfiles.listByBillingAccount(account.name));
  const customers = await all(billing.customers.listByBillingAccount(account.name));
  await tell("settings", { page_size: 0, empty_pages: false });
  assert.deepEqual(accounts.map((one) => one.name), [account.name]);
  assert.equal(accounts[0].agreementType, "MicrosoftPartnerAgreement");
  assert.deepEqual(profiles.map((one) => [one.name, one.currency]), account.profiles.map((p) => [p.name, p.currency]));
  assert.deepEqual(customers.map((one) => one.name), account.customers.map((one) => one.tenant));
  const one = await billing.customers.get(account.name, account.customers[0].tenant);
  assert.equal(one.displayName, account.customers[0].name);
});

test("permissions, invoices, subscriptions and reservations of the account are read", async () => {
  const permissions = await all(billing.billingPermissions.listByBillingAccount(account.name));
  assert.ok(permissions[0].actions.length > 0);
  const invoices = await all(billing.invoices.listByBillingAccount(account.name, "2026-01-01", "2026-12-31"));
  assert.ok(invoices.length > 0 && invoices[0].billedAmount.currency);
  assert.ok((await all(billing.billingSubscriptions.listByBillingAccount(account.name))).length > 0);
  assert.ok((await all(billing.reservations.listByBillingAccount(account.name))).length > 0);
});

test("an export is made, changed with its eTag only, read, run, followed, and deleted", async () => {
  await assert.rejects(costs.exports.createOrUpdate(scope, "sdk-actual", exportBody()),
    (error) => error.statusCode === 400 && /CostManagementExports/.test(error.message));
  await tell("register", { account: "partnerexports" });
  const made = await costs.exports.createOrUpdate(scope, "sdk-actual", exportBody());
  assert.equal(made.name, "sdk-actual");
  assert.equal(made.type, "Microsoft.CostManagement/exports");
  assert.match(made.eTag, /^"[0-9a-f-]{36}"$/);
  assert.ok(made.nextRunTimeEstimate instanceof Date);

  await assert.rejects(costs.exports.createOrUpdate(scope, "sdk-actual", exportBody()), { statusCode: 409 });
  await assert.rejects(costs.exports.createOrUpdate(scope, "sdk-actual", exportBody({ eTag: '"old"' })),
    { statusCode: 412 });
  const changed = await costs.exports.createOrUpdate(scope, "sdk-actual",
    exportBody({ eTag: made.eTag, definition: { ...exportBody().definition, type: "AmortizedCost" } }));
  assert.equal(changed.definition.type, "AmortizedCost");
  assert.notEqual(changed.eTag, made.eTag);

  await costs.exports.execute(scope, "sdk-actual");
  const seen = new Set();
  let run;
  do {
    const history = await costs.exports.getExecutionHistory(scope, "sdk-actual");
    assert.equal(history.value.length, 1);
    [run] = history.value;
    seen.add(run.status);
  } while (run.status !== "Completed" && run.status !== "Failed");
  assert.deepEqual([...seen], ["Queued", "InProgress", "Completed"]);
  assert.match(run.fileName, /^sdk\/sdk-actual\/20261101-20261130\/\d{12}\/[0-9a-f-]{36}\/part_0_0001\.csv$/);

  const listed = await costs.exports.list(scope, { expand: "runHistory" });
  assert.equal(listed.value.find((one) => one.name === "sdk-actual").runHistory.value.length, 1);
  assert.equal((await costs.exports.get(scope, "sdk-actual", { expand: "runHistory" })).runHistory.value.length, 1);
  await costs.exports.delete(scope, "sdk-actual");
  await assert.rejects(costs.exports.get(scope, "sdk-actual"), { statusCode: 404 });
});

test("who has no role is refused", async () => {
  const nobody = standIn.apps.nobody;
  const credential = new ClientSecretCredential(nobody.tenant, nobody.client_id, nobody.secret, signIn);
  const client = new CostManagementClient(credential, arm);
  await assert.rejects(client.exports.list(scope), { statusCode: 401, code: "RBACAccessDenied" });
  const reader = standIn.apps.reader;
  const reading = new CostManagementClient(
    new ClientSecretCredential(reader.tenant, reader.client_id, reader.secret, signIn), arm);
  assert.ok((await reading.exports.list(scope)).value);
  await assert.rejects(reading.exports.execute(scope, "sdk-actual"), { statusCode: 401 });
});

test("a cost details report is made and its file read by the link alone", async () => {
  const customer = account.customers.find((one) => one.subscriptions.length > 0);
  const report = await costs.generateCostDetailsReport.beginCreateOperationAndWait(
    `${scope}/customers/${customer.tenant}`,
    { metric: "ActualCost", timePeriod: { start: "2026-10-01", end: "2026-10-31" } }, { updateIntervalInMs: 50 });
  assert.equal(report.status, "Completed");
  assert.equal(report.manifestVersion, "2025-03-01");
  assert.equal(report.blobs.length, report.blobCount);
  const file = await fetch(report.blobs[0].blobLink);
  assert.equal(file.status, 200);
  const text = await file.text();
  assert.equal(Buffer.byteLength(text), report.blobs[0].byteCount);
  assert.ok(text.includes(customer.tenant));
});

test("utilisation of benefits is listed", async () => {
  const items = await all(costs.benefitUtilizationSummaries.listByBillingAccountId(account.name, {
    filter: "properties/usageDate ge 2026-10-01 and properties/usageDate le 2026-10-03", grainParameter: "Daily" }));
  assert.ok(items.length > 0);
  assert.ok(items[0].avgUtilizationPercentage > 0);
});

test("blobs are listed and read with a key, a SAS and a token, also in another tenant", async () => {
  for (const name of ["partnerexports", "otherexports"]) {
    const { url, key, tenant } = standIn.storage_accounts[name];
    const byKey = new BlobServiceClient(url, new StorageSharedKeyCredential(name, key)).getContainerClient("sdk-blobs");
    await byKey.createIfNotExists();
    await byKey.getBlockBlobClient("folder/a b.txt").upload("hello", 5);
    const sas = (await tell("sas", { account: name, permissions: "rl" })).token;
    const credential = new ClientSecretCredential(tenant, owner.client_id, owner.secret, signIn);
    const bySas = new ContainerClient(`${url}/sdk-blobs?${sas}`);
    const clients = [bySas, new ContainerClient(`${url}/sdk-blobs`, credential)];
    for (const client of clients) {
      const names = (await all(client.listBlobsFlat())).map((blob) => blob.name);
      assert.deepEqual(names, ["folder/a b.txt"]);
      const blob = client.getBlobClient("folder/a b.txt");
      const { etag } = await blob.getProperties();
      const part = await blob.downloadToBuffer(1, 3, { conditions: { ifMatch: etag } });
      assert.equal(part.toString(), "ell");
      await assert.rejects(blob.downloadToBuffer(0, 5, { conditions: { ifMatch: '"0x1"' } }), { statusCode: 412 });
    }
  }
});

test("storage pages, empty ones too, and folders of a hierarchical namespace come as they should", async () => {
  const { url, key } = standIn.storage_accounts.partnerexports;
  const container = new BlobServiceClient(url, new StorageSharedKeyCredential("partnerexports", key))
    .getContainerClient("sdk-pages");
  await container.createIfNotExists();
  for (const name of ["r/1.csv", "r/2.csv", "r/x/3.csv"]) await container.getBlockBlobClient(name).upload("1", 1);
  const sas = (await tell("sas", { account: "partnerexports", container: "sdk-pages", permissions: "rl" })).token;
  const client = new ContainerClient(`${url}/sdk-pages?${sas}`);
  await tell("storage", { account: "partnerexports", page_size: 1, empty_pages: true, hierarchical: true });
  const blobs = await all(client.listBlobsFlat({ includeMetadata: true }));
  await tell("storage", { account: "partnerexports", page_size: 0, empty_pages: false, hierarchical: false });
  const files = blobs.filter((blob) => blob.metadata?.hdi_isfolder !== "true").map((blob) => blob.name);
  assert.deepEqual(files, ["r/1.csv", "r/2.csv", "r/x/3.csv"]);
  assert.ok(blobs.some((blob) => blob.name === "r" && blob.metadata.hdi_isfolder === "true"));
});

test("storage tells its refusals apart, and names the tenant that it belongs to", async () => {
  const { url, tenant } = standIn.storage_accounts.partnerexports;
  const short = { retryOptions: { maxTries: 1 } };
  const blob = (query, credential) =>
    new ContainerClient(`${url}/sdk-blobs${query}`, credential, short).getBlobClient("folder/a b.txt");
  const expired = (await tell("sas", { account: "partnerexports", expires: "2020-01-01T00:00:00Z" })).token;
  await assert.rejects(blob(`?${expired}`).download(), { statusCode: 403, code: "AuthenticationFailed" });
  const listing = (await tell("sas", { account: "partnerexports", permissions: "l" })).token;
  await assert.rejects(blob(`?${listing}`).download(), { statusCode: 403, code: "AuthorizationPermissionMismatch" });
  const nobody = standIn.apps.nobody;
  const credential = new ClientSecretCredential(nobody.tenant, nobody.client_id, nobody.secret, signIn);
  await assert.rejects(blob("", credential).download(), { statusCode: 403, code: "AuthorizationPermissionMismatch" });

  // A token of the wrong tenant: the answer names the right one, and the library follows it if it may.
  const abroad = new ClientSecretCredential(standIn.storage_tenant, owner.client_id, owner.secret,
    { ...signIn, additionallyAllowedTenants: ["*"] });
  const { token } = await abroad.getToken("https://storage.azure.com/.default");
  const refused = await fetch(`${url}/sdk-blobs/folder/a%20b.txt`,
    { headers: { authorization: `Bearer ${token}`, "x-ms-version": "2021-08-06" } });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("x-ms-error-code"), "InvalidAuthenticationInfo");
  assert.equal((await blob("", abroad).downloadToBuffer()).toString(), "hello");

  await tell("storage", { account: "partnerexports", firewall: true });
  const open = new ClientSecretCredential(tenant, owner.client_id, owner.secret, signIn);
  await assert.rejects(blob("", open).download(), { statusCode: 403, code: "AuthorizationFailure" });
  await tell("storage", { account: "partnerexports", firewall: false });
});
