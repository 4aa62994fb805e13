import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeEnd, endOf, expiresSoon } from "../../scripts/machine/certificates.ts";
import type { Store } from "../../scripts/machine/store.ts";
import { lastRenewal } from "../../scripts/machine/storeAuthority.ts";

/** The renewal of a store's certificate authority (CA) and of this computer's certificate of it. */
export interface Renewal {
    /** Why they are renewed: what was found now, or else the reason of the last renewal, which stays the same so
     * that each is done once. */
    readonly reason?: string | undefined;
    /** What the operator should know of it. */
    readonly notice?: string;
    /** Whether the certificates that machines are given from now on last. */
    readonly lasts: boolean;
}

/**
 * Checks whether a store's certificates expire soon. docker-machine made them with the store, for 1080 days; those
 * of its machines, which came right after, expire on the same day.
 *
 * A store that this project did not make is left as it is, for others rely on it.
 */
export async function neededRenewal({ path, layout }: Store): Promise<Renewal> {
    const [reason, end] = await Promise.all([lastRenewal(layout), firstEnd(layout.certs)]);
    if (end === undefined || !expiresSoon(end)) {
        return { reason, lasts: true };
    }
    const what = `${path}: its certificate authority ${describeEnd(end)}`;
    if (existsSync(layout.marker)) {
        return {
            reason: `certificate until ${end.toISOString()}`,
            notice: `${what}; it is renewed, and then all certificates of the machines.`,
            lasts: true,
        };
    }
    return {
        reason,
        notice:
            `${what}, and the store is not this stack's alone. Move its folder "certs" aside, and for ` +
            `each of its machines run "docker-machine -s ${layout.root} regenerate-certs -f ` +
            '--client-certs MACHINE"; then `pulumi up`.',
        lasts: false,
    };
}

/** When the first of them expires; undefined where there are none, or none that can be read. */
async function firstEnd(certs: string): Promise<Date | undefined> {
    try {
        const read = (file: string) => readFile(join(certs, file), "utf8");
        const [ca, cert] = [endOf(await read("ca.pem")), endOf(await read("cert.pem"))];
        return ca < cert ? ca : cert;
    } catch {
        return undefined;
    }
}
