import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { Store } from "../../../../scripts/machine/store.ts";
import { accessFileOf } from "../../../../scripts/protocol/names.ts";
import type { AccessRequest } from "../../../../scripts/protocol/security.ts";
import {
    certificatesOf,
    clusterOf,
    nextAccess,
    readAccess,
    removeAccess,
    settledAccess,
    writeAccess,
} from "../../../../scripts/security/accessFile.ts";
import { makeAuthority } from "../../../../scripts/security/authority.ts";
import { restoreAccess } from "../../../../scripts/security/restoreAccess.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const rotation = { seed: 1, ca: 1, leaf: 1, gossip: 1, tokens: 1, management: 1 };
const request: AccessRequest = {
    access: "unused",
    nodes: {},
    datacenter: "dc1",
    domain: "consul",
    seed: "c2VlZA==",
    rotation,
    ca: { certificate: pem("A"), key: "key of A" },
};
const first = nextAccess(request, undefined);

test("the first rights trust their CA, and know nothing of before", () => {
    const { datacenter, domain, seed, ca } = request;
    expect(first).toEqual({ datacenter, domain, seed, rotation, ca, trusted: pem("A") });
});

test("CAs of before stay trusted behind today's, each once, whatever their line ends", () => {
    const second = nextAccess({ ...request, ca: { certificate: pem("B"), key: "" } }, first);
    expect(certificatesOf(second.trusted)).toEqual([pem("B"), pem("A")]);
    expect(second.earlier).toBeUndefined();
    const again = nextAccess(
        { ...request, ca: second.ca },
        second,
        pem("A").replaceAll("\n", "\r\n"),
    );
    expect(again).toEqual(second);
    const back = nextAccess(request, second);
    expect(certificatesOf(back.trusted)).toEqual([pem("A"), pem("B")]);
});

test("what secrets were derived from stays known, the latest first, each once", () => {
    const tokens = (count: number) => ({ ...request, rotation: { ...rotation, tokens: count } });
    const second = nextAccess(tokens(2), first);
    const third = nextAccess(tokens(3), second);
    expect(third.earlier?.map((one) => one.rotation.tokens)).toEqual([2, 1]);
    expect(nextAccess(tokens(3), third)).toEqual(third);
    expect(nextAccess(tokens(2), third).earlier?.map((one) => one.rotation.tokens)).toEqual([3, 1]);
    const leaf = { ...request, rotation: { ...rotation, leaf: 9 } };
    expect(nextAccess(leaf, first).earlier).toBeUndefined();
    const reseeded = nextAccess({ ...request, seed: "b3RoZXI=" }, first);
    expect(reseeded.earlier).toEqual([{ seed: request.seed, rotation }]);
});

test("settled rights have nothing of before", () => {
    const ca = { certificate: pem("B"), key: "" };
    const changed = nextAccess({ ...request, ca, seed: "b3RoZXI=" }, first);
    expect(settledAccess(changed)).toEqual(
        nextAccess({ ...request, ca, seed: "b3RoZXI=" }, undefined),
    );
});

test("the certificate of the scripts stays, whatever follows", () => {
    const client = { certificate: pem("scripts"), key: "key" };
    const known = { ...first, client };
    const changed = nextAccess({ ...request, ca: { certificate: pem("B"), key: "" } }, known);
    expect([changed.client, settledAccess(changed).client]).toEqual([client, client]);
});

test("the file is for its user alone, and goes with its folder", async () => {
    const file = join(await tempFolder(), "access", "a.json");
    await writeAccess(file, first);
    await writeAccess(file, first);
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect([await mode(file), await mode(dirname(file))]).toEqual(["600", "700"]);
    expect(await readAccess(file)).toEqual(first);
    await removeAccess(file);
    await removeAccess(file);
    await expect(stat(dirname(file))).rejects.toThrow("ENOENT");
});

test("the folder stays where it has another cluster's rights", async () => {
    const folder = join(await tempFolder(), "access");
    await writeAccess(join(folder, "a.json"), first);
    await writeAccess(join(folder, "b.json"), first);
    await removeAccess(join(folder, "a.json"));
    expect(await readAccess(join(folder, "b.json"))).toEqual(first);
});

test.each([
    ["torn", JSON.stringify(first).slice(0, 50)],
    ["without a seed", JSON.stringify({ ...first, seed: undefined })],
    ["with something else as its origins", JSON.stringify({ ...first, earlier: "none" })],
    ["with half a certificate", JSON.stringify({ ...first, client: { certificate: pem("A") } })],
    ["with half an origin", JSON.stringify({ ...first, earlier: [{ seed: "x" }] })],
])("a file that is %s is not taken, and its secrets are not repeated", async (_, text) => {
    const file = join(await tempFolder(), "a.json");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await expect(readAccess(file)).rejects.toThrow(
        `${file}: not as this project writes it; \`pulumi up\` writes it again.`,
    );
    expect(await readFile(file, "utf8")).toBe(text);
});

test("the name of a file says which cluster's it is", () => {
    expect(clusterOf(accessFileOf("/store", "proj/dev", "consul"))).toBe("proj/dev/consul");
});

test("a lost file is written again from the state, in a store that its program has opened", async () => {
    const store = join(await tempFolder(), "store");
    const access = accessFileOf(store, "project/dev", "consul");
    const lost = { ...request, access, ca: await makeAuthority() };
    await restoreAccess(lost);
    await expect(readAccess(access)).rejects.toThrow("`pulumi up` writes them there");

    await new Store(store).writeRoster({
        owner: "project/dev",
        name: "consul-store",
        machines: [],
    });
    await restoreAccess(lost);
    const restored = await readAccess(access);
    // No agent was looked at for it. The scripts' certificate is another one.
    const { client } = restored;
    expect(client).toBeDefined();
    expect(restored).toEqual({ ...nextAccess(lost, undefined), client, restored: true });

    await restoreAccess({ ...lost, seed: "b3RoZXI=" });
    expect(await readAccess(access)).toEqual(restored);
});
