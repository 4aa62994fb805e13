import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeEnd, endOf, lapsesSoon } from "../../scripts/machine/certificateExpiry.ts";
import { renewed } from "../../scripts/machine/storeAuthority.ts";
import { storeLayout } from "../../scripts/machine/storeLayout.ts";

/** What becomes of a store's authority and of this computer's certificate of it. */
export interface Renewal {
    /** Why they are made anew: what was found now, or what an earlier run did it for, which stays the same
     * so that it is done once. */
    readonly reason?: string | undefined;
    /** What is worth saying of it. */
    readonly notice?: string;
    /** Whether those that machines are given from now on last. */
    readonly lasts: boolean;
}

/**
 * Looks whether a store's certificates lapse soon. docker-machine made them with the store, for 1080 days;
 * those of its machines, which came right after, lapse on the same day.
 *
 * @param store its folder. One that somebody else made is left as it is, for others rely on it.
 */
export async function neededRenewal(store: string): Promise<Renewal> {
    const layout = storeLayout(store);
    const [reason, end] = await Promise.all([renewed(layout), firstEnd(layout.certs)]);
    if (end === undefined || !lapsesSoon(end)) {
        return { reason, lasts: true };
    }
    const what = `${store}: its certificate authority ${describeEnd(end)}`;
    if (existsSync(layout.marker)) {
        return {
            reason: `certificate until ${end.toISOString()}`,
            notice: `${what}; it is made anew, and then all certificates of the machines.`,
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

/** When the first of them lapses; undefined where there are none, or none that can be read. */
async function firstEnd(certs: string): Promise<Date | undefined> {
    try {
        const [ca, cert] = await Promise.all(
            ["ca.pem", "cert.pem"].map(async (file) =>
                endOf(await readFile(join(certs, file), "utf8")),
            ),
        );
        return ca && cert && (ca < cert ? ca : cert);
    } catch {
        return undefined;
    }
}
