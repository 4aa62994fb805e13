import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";
import { onMachine } from "./host.ts";
import { Machine } from "../../../scripts/machine/machine.ts";
import { Store } from "../../../scripts/machine/store.ts";

/** A CA and a client certificate of it, as docker-machine keeps them in a store. */
export interface Authority {
    readonly ca: string;
    readonly caKey: string;
    readonly cert: string;
    readonly key: string;
}

/** Where a lab stack's machines are kept. */
export function storeOf(stack: string): string {
    return `.state/machines/${stack}`;
}

/** A stack's CA. */
export async function readAuthority(stack: string): Promise<Authority> {
    const { certs } = new Store(storeOf(stack)).layout;
    const read = (file: string) => readFile(join(certs, file), "utf8");
    return {
        ca: await read("ca.pem"),
        caKey: await read("ca-key.pem"),
        cert: await read("cert.pem"),
        key: await read("key.pem"),
    };
}

/** Another CA, which expires in so many days, and a client certificate of it that lasts. */
export async function makeAuthority(days: number): Promise<Authority> {
    const settings = { keyType: "rsa", algorithm: "sha256", notBeforeDate: inDays(-1000) } as const;
    const ca = await generate([{ name: "commonName", value: "lab authority" }], {
        ...settings,
        notAfterDate: inDays(days),
        extensions: [{ name: "basicConstraints", cA: true, critical: true }],
    });
    const client = await generate([{ name: "commonName", value: "lab client" }], {
        ...settings,
        notAfterDate: inDays(1000),
        ca: { cert: ca.cert, key: ca.private },
        extensions: [{ name: "extKeyUsage", clientAuth: true }],
    });
    return {
        ca: ca.cert,
        caKey: ca.private,
        cert: client.cert,
        key: client.private,
    };
}

/** Replaces a stack's CA. */
export async function writeAuthority(stack: string, authority: Authority): Promise<void> {
    const { certs } = new Store(storeOf(stack)).layout;
    await writeFile(join(certs, "ca.pem"), authority.ca);
    await writeFile(join(certs, "ca-key.pem"), authority.caKey);
    await writeFile(join(certs, "cert.pem"), authority.cert);
    await writeFile(join(certs, "key.pem"), authority.key);
}

/** Gives a machine's engine a certificate of a CA, which expires in so many days, and makes it accept clients of
 * that CA alone. */
export async function giveEngine(
    stack: string,
    node: string,
    { ca, caKey }: Authority,
    days = 1000,
): Promise<void> {
    const { address } = await Machine.of({
        store: storeOf(stack),
        machine: `${stack}-${node}`,
    }).inspect();
    const made = await generate([{ name: "commonName", value: node }], {
        keyType: "rsa",
        algorithm: "sha256",
        notBeforeDate: inDays(-1000),
        notAfterDate: inDays(days),
        ca: { cert: ca, key: caKey },
        extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: address }] }],
    });
    const files = { "ca.pem": ca, "server.pem": made.cert, "server-key.pem": made.private };
    for (const [file, text] of Object.entries(files)) {
        const script = `cat > /etc/docker/${file} <<'END'\n${text}\nEND`;
        await onMachine(stack, node, "sh", "-c", script);
    }
    await onMachine(stack, node, "systemctl", "restart", "docker");
}

/** Gives this computer the credentials of a CA for a machine: what provisioning leaves in the machine's folder. */
export async function giveComputer(
    stack: string,
    node: string,
    { ca, cert, key }: Authority,
): Promise<void> {
    const files = Machine.of({ store: storeOf(stack), machine: `${stack}-${node}` }).files;
    await writeFile(files.ca, ca);
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
}

function inDays(days: number): Date {
    return new Date(Date.now() + days * 24 * 60 * 60 * 1000);
}
