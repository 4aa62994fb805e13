import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";
import type { AccessFile } from "../../scripts/security/accessFile.ts";
import { ClusterSecrets } from "../../scripts/security/secrets.ts";
import { certificates, type Certificates } from "./certificates.ts";
import type { TlsPair } from "./httpServer.ts";
import { tempFolder } from "./tempFolder.ts";

/** What the secrets of the tests' secured cluster are derived from. */
export const origin = {
    seed: Buffer.alloc(32, 7).toString("base64"),
    rotation: { seed: 1, ca: 1, leaf: 1, gossip: 1, tokens: 2, management: 1 },
};

/** The same before all tokens were replaced. */
export const earlier = { ...origin, rotation: { ...origin.rotation, tokens: 1 } };

/** Its secrets. */
export const secrets = new ClusterSecrets(origin.seed, origin.rotation);

/** Writes down the rights to ask it. @returns the file. */
export async function accessFile(over: Partial<AccessFile> = {}): Promise<string> {
    const { ca, caKey } = await certificates();
    const access: AccessFile = {
        ...origin,
        datacenter: "dc1",
        domain: "consul",
        ca: { certificate: ca, key: caKey },
        trusted: ca,
        ...over,
    };
    const file = join(await tempFolder(), "access.json");
    await writeFile(file, JSON.stringify(access));
    return file;
}

/** The certificate of a node's agent, which has the node's name and no address. */
export async function agentCertificate(
    name: string,
    signer?: Pick<Certificates, "ca" | "caKey">,
): Promise<TlsPair> {
    const { ca, caKey } = signer ?? (await certificates());
    const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
        keyType: "ec",
        algorithm: "sha256",
        notBeforeDate: new Date("2020-01-01"),
        notAfterDate: new Date("2120-01-01"),
        ca: { key: caKey, cert: ca },
        extensions: [
            {
                name: "subjectAltName",
                altNames: [{ type: 2, value: `${name}.node.dc1.consul` }],
            },
        ],
    });
    return { cert, key };
}

/** How an agent answers for a token. */
export type Verdict = "granted" | "refused" | "filtered";

/** The agents' ACLs, as far as our scripts' tokens go; the rules are those of docs/security.md. */
export class FakeAcls {
    /** Every request that was granted, in order: `a: operate: GET /v1/agent/members`. */
    readonly granted: string[] = [];
    /** Roles whose tokens the cluster does not know; `operate (earlier)` is the token before. */
    readonly unknown = new Set<string>(["operate (earlier)", "services (earlier)"]);
    /** Paths whose answers leave something out, whoever asks. */
    readonly hidden = new Set<string>();
    /** Whether there was an election, before which an agent knows its own recovery token only. */
    isBootstrapped = true;

    /** What `agent` makes of a request. */
    judge(agent: string, method: string, path: string, token: string | undefined): Verdict {
        const role = this.#roleOf(agent, token);
        const verdict = this.hidden.has(path) ? "filtered" : this.#judge(role, method, path);
        if (verdict === "granted") {
            this.granted.push(`${agent}: ${role}: ${method} ${path}`);
        }
        return verdict;
    }

    #judge(role: string, method: string, path: string): Verdict {
        if (path.startsWith("/v1/status/")) {
            return "granted";
        }
        const isLocal = /^\/v1\/agent\/(self|members|join|leave|reload)/.test(path);
        if (role === "recovery") {
            return isLocal ? "granted" : "refused";
        }
        if (!this.isBootstrapped || this.unknown.has(role)) {
            return "refused";
        }
        switch (role.replace(" (earlier)", "")) {
            case "management":
                return "granted";
            case "operate":
                return (isLocal && method === "PUT") || /^\/v1\/(snapshot|acl)/.test(path)
                    ? "refused"
                    : "granted";
            case "services":
                return path.startsWith("/v1/agent/service") ? "granted" : "filtered";
            default:
                return "refused";
        }
    }

    #roleOf(agent: string, token: string | undefined): string {
        const before = new ClusterSecrets(earlier.seed, earlier.rotation);
        const roles = (["management", "operate", "services"] as const).flatMap((role) => [
            [secrets.token(role).secretId, role] as const,
            [before.token(role).secretId, `${role} (earlier)`] as const,
        ]);
        const known = new Map<string | undefined, string>([
            ...roles.reverse(),
            [secrets.nodeToken("recovery", agent).secretId, "recovery"],
        ]);
        return known.get(token) ?? "nobody";
    }
}
