import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { neededRenewal } from "../../../../program/preflight/renewal.ts";
import { storeLayout } from "../../../../scripts/machine/storeLayout.ts";
import { engineCertificates, type CertificateFlaws } from "../../../support/engineCertificates.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const inDays = (days: number) =>
    new Date(Math.floor(Date.now() / 1000) * 1000 + days * 24 * 60 * 60 * 1000);

/** A store of ours with such certificates. */
async function lay(flaws: CertificateFlaws = {}) {
    const store = await tempFolder();
    const layout = storeLayout(store);
    const { ca, cert } = await engineCertificates(flaws);
    await mkdir(layout.certs);
    await writeFile(join(layout.certs, "ca.pem"), ca);
    await writeFile(join(layout.certs, "cert.pem"), cert);
    await writeFile(layout.marker, "");
    return { store, layout };
}

test("certificates of a store that are good for more than 30 days are no matter", async () => {
    const { store } = await lay({ authorityEnds: inDays(31), clientEnds: inDays(31) });
    expect(await neededRenewal(store)).toEqual({ lasts: true });
});

test.each([
    ["the authority", { authorityEnds: inDays(29), clientEnds: inDays(29.5) }, 29, "lapses on"],
    ["this computer's", { clientEnds: inDays(-2) }, -2, "has lapsed on"],
])("%s lapses, and all are made anew", async (_, flaws, days, verb) => {
    const { store } = await lay(flaws);
    const until = inDays(days).toISOString();
    expect(await neededRenewal(store)).toEqual({
        reason: expect.stringMatching(/^certificate until /) as string,
        notice:
            `${store}: its certificate authority ${verb} ${until.slice(0, 10)}; it is made anew, ` +
            "and then all certificates of the machines.",
        lasts: true,
    });
});

test("what they were made anew for stays the reason, so that it is done once", async () => {
    const { store, layout } = await lay();
    await writeFile(layout.renewed, "certificate until today");
    expect(await neededRenewal(store)).toEqual({ reason: "certificate until today", lasts: true });
});

test("those of a store of somebody else's are left to its owners", async () => {
    const { store, layout } = await lay({ authorityEnds: inDays(29) });
    await rm(layout.marker);
    const { reason, notice, lasts } = await neededRenewal(store);
    expect({ reason, lasts }).toEqual({ reason: undefined, lasts: false });
    expect(notice).toContain("and the store is not this stack's alone");
    expect(notice).toContain(
        `"docker-machine -s ${layout.root} regenerate-certs -f --client-certs`,
    );
});

test("a store that is not there yet, or cannot be read, is no matter", async () => {
    const store = await tempFolder();
    expect(await neededRenewal(join(store, "none"))).toEqual({ lasts: true });
    await mkdir(storeLayout(store).certs);
    await writeFile(join(storeLayout(store).certs, "ca.pem"), "half a c");
    expect(await neededRenewal(store)).toEqual({ lasts: true });
});
