import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { neededRenewal } from "../../../../program/preflight/renewal.ts";
import { engineCertificates, type CertificateFlaws } from "../../../support/engineCertificates.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Store } from "../../../../scripts/machine/store.ts";

const inDays = (days: number) =>
    new Date(Math.floor(Date.now() / 1000) * 1000 + days * 24 * 60 * 60 * 1000);

/** A store of ours with such certificates. */
async function lay(flaws: CertificateFlaws = {}) {
    const store = new Store(await tempFolder());
    const { layout } = store;
    const { ca, cert } = await engineCertificates(flaws);
    await mkdir(layout.certs);
    await writeFile(join(layout.certs, "ca.pem"), ca);
    await writeFile(join(layout.certs, "cert.pem"), cert);
    await writeFile(layout.marker, "");
    return { store, layout };
}

test("certificates of a store that are good for more than 30 days are not reported", async () => {
    const { store } = await lay({ authorityEnds: inDays(31), clientEnds: inDays(31) });
    expect(await neededRenewal(store)).toEqual({ lasts: true });
});

test.each([
    ["the CA", { authorityEnds: inDays(29), clientEnds: inDays(29.5) }, 29, "expires on"],
    ["this computer's", { clientEnds: inDays(-2) }, -2, "has expired on"],
])("%s expires, and all are renewed", async (_, flaws, days, verb) => {
    const { store } = await lay(flaws);
    const until = inDays(days).toISOString();
    expect(await neededRenewal(store)).toEqual({
        reason: expect.stringMatching(/^certificate until /) as string,
        notice:
            `${store.path}: its certificate authority ${verb} ${until.slice(0, 10)}; it is renewed, ` +
            "and then all certificates of the machines.",
        lasts: true,
    });
});

test("the last renewal stays the reason, so that it is done once", async () => {
    const { store, layout } = await lay();
    await writeFile(layout.renewal, "certificate until today");
    expect(await neededRenewal(store)).toEqual({ reason: "certificate until today", lasts: true });
});

test("those of a store that others made are left to them", async () => {
    const { store, layout } = await lay({ authorityEnds: inDays(29) });
    await rm(layout.marker);
    const { reason, notice, lasts } = await neededRenewal(store);
    expect({ reason, lasts }).toEqual({ reason: undefined, lasts: false });
    expect(notice).toContain("and the store is not this stack's alone");
    expect(notice).toContain(
        `"docker-machine -s ${layout.root} regenerate-certs -f --client-certs`,
    );
});

test("a store that is not there yet, or cannot be read, is not reported", async () => {
    const store = new Store(await tempFolder());
    expect(await neededRenewal(new Store(join(store.path, "none")))).toEqual({ lasts: true });
    await mkdir(store.layout.certs);
    await writeFile(join(store.layout.certs, "ca.pem"), "half a c");
    expect(await neededRenewal(store)).toEqual({ lasts: true });
});
