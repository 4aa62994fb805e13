import { randomBytes, X509Certificate } from "node:crypto";
import type {
    JoinAuthoritiesAnswer,
    JoinAuthoritiesRequest,
    KeyPair,
} from "../protocol/security.ts";
import { hasTypes, parseJson } from "../system/json.ts";
import { makeLowerAuthority } from "./authority.ts";
import { isIssuedBy } from "./certificate.ts";

/** What a stack that joins signs certificates for. */
type Kind = "client" | "server";

/**
 * Makes the authorities below a cluster's CA with which stacks that join it sign the certificates of their agents: one
 * whose certificates pass for no server's, and one for stacks that have servers. Those of before are kept where they are
 * as they would be made.
 *
 * @param before the answer of before, if there is one.
 */
export async function joinAuthorities(
    request: JoinAuthoritiesRequest,
    before: string | undefined,
): Promise<JoinAuthoritiesAnswer> {
    const found = parseJson(before ?? "");
    if (isAnswer(found) && isRight(found, request)) {
        return found;
    }
    const [client, server] = await Promise.all([
        makeAuthorityFor("client", request),
        makeAuthorityFor("server", request),
    ]);
    return {
        clientCertificate: client.certificate,
        clientKey: client.key,
        serverCertificate: server.certificate,
        serverKey: server.key,
    };
}

function makeAuthorityFor(kind: Kind, request: JoinAuthoritiesRequest): Promise<KeyPair> {
    const { ca, datacenter, domain } = request;
    const zone = `${datacenter}.${domain}`;
    return makeLowerAuthority(ca, {
        // Their names tell those that follow each other apart.
        name: `Consul ${kind}s of other stacks ${randomBytes(4).toString("hex")}`,
        unit: unitOf(request),
        domains: [`node.${zone}`, "localhost", ...(kind === "server" ? [`server.${zone}`] : [])],
    });
}

function unitOf({ datacenter, domain, generation }: JoinAuthoritiesRequest): string {
    return `${generation} ${datacenter}.${domain}`;
}

function isRight(found: JoinAuthoritiesAnswer, request: JoinAuthoritiesRequest): boolean {
    const ca = new X509Certificate(request.ca.certificate);
    return [found.clientCertificate, found.serverCertificate].every((text) => {
        const certificate = new X509Certificate(text);
        const unit = certificate.subject.split("\n").find((line) => line.startsWith("OU="));
        return isIssuedBy(certificate, ca) && unit === `OU=${unitOf(request)}`;
    });
}

function isAnswer(value: unknown): value is JoinAuthoritiesAnswer {
    return hasTypes(value, {
        clientCertificate: "string",
        clientKey: "string",
        serverCertificate: "string",
        serverKey: "string",
    });
}
