import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readAccess } from "../../../scripts/security/accessFile.ts";
import { ClusterSecrets } from "../../../scripts/security/secrets.ts";

/** A secret, and all texts by which it would be given away. */
export interface Searched {
    /** What it is called in a failed test. */
    readonly name: string;
    readonly forms: readonly string[];
}

/**
 * The secrets of a cluster: all that its access file has or that is derived from it, and the private keys of its
 * agents' certificates and the scripts'.
 *
 * @param access its access file.
 * @param leaves the agents' certificates with their private keys, PEM, by the nodes' names.
 */
export async function secretsOf(
    access: string,
    leaves: Readonly<Record<string, string>>,
): Promise<Searched[]> {
    const { seed, rotation, ca, client } = await readAccess(access);
    const secrets = new ClusterSecrets(seed, rotation);
    const names = ["management", "operate", "services", "dns", "metrics"] as const;
    const nodes = Object.keys(leaves);
    const texts = {
        seed,
        "gossip key": secrets.gossipKey,
        ...Object.fromEntries(names.map((name) => [name, secrets.token(name).secretId])),
        ...Object.fromEntries(
            (["agent", "recovery"] as const).flatMap((name) =>
                nodes.map((node) => [`${name} ${node}`, secrets.nodeToken(name, node).secretId]),
            ),
        ),
    };
    const keys = { CA: ca.key, scripts: client?.key ?? "", ...leaves };
    return [
        ...Object.entries(texts).map(([name, text]) => searched(name, [text])),
        ...Object.entries(keys).map(([name, pem]) => keyOf(name, pem)),
    ];
}

/** The names of the secrets that a text gives away. */
export function givenAway(secrets: readonly Searched[], text: string): string[] {
    return secrets
        .filter(({ forms }) => forms.some((form) => text.includes(form)))
        .map(({ name }) => name);
}

/**
 * What all files of a folder and below it have in them: but for snapshots, which hold all that their cluster does, and
 * for events of the engine that `--debug` alone shows. Pulumi's SDK repeats every answer in those, with its secrets.
 */
export async function textsBelow(folder: string): Promise<string> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".snap"));
    const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8"));
    const lines = (await Promise.all(texts)).flatMap((text) => text.split("\n"));
    return lines.filter((line) => !line.includes('"severity":"debug"')).join("\n");
}

function searched(name: string, texts: readonly string[]): Searched {
    return { name, forms: [...texts, ...texts.flatMap(encoded)] };
}

/** A private key by the lines of its PEM that have some of it: the last has half of the public key, as certificates do. */
function keyOf(name: string, pem: string): Searched {
    const [, body = ""] = /BEGIN [A-Z ]*PRIVATE KEY-----\s([^-]+)-----END/.exec(pem) ?? [];
    const lines = body.trim().split(/\s+/).slice(0, -1);
    if (lines.length === 0) {
        throw new Error(`${name}: it has no private key in PEM`);
    }
    return searched(`private key of ${name}`, lines);
}

/** What base64 of any longer text would have in it: which characters depends on where among three bytes it begins. */
function encoded(text: string): string[] {
    return [0, 1, 2].map((offset) => {
        const whole = Buffer.from(" ".repeat(offset) + text).toString("base64");
        const end = Math.floor((offset + text.length) / 3) * 4;
        return whole.slice(offset === 0 ? 0 : 4, end);
    });
}
