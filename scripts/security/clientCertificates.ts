import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ClientCertificateRequest, KeyPair } from "../protocol/security.ts";
import { parseJson } from "../system/json.ts";
import { chainOf, isPair, type AccessFile } from "./accessFile.ts";
import { issueClientCertificate } from "./authority.ts";
import { isIssuedBy } from "./certificate.ts";

/**
 * A certificate for whoever asks agents that demand one, followed by those between it and the CA. The one of before is
 * kept where it is as it would be made.
 *
 * @param before the answer of before, if there is one.
 */
export async function clientCertificate(
    { ca, chain = "", renewal }: ClientCertificateRequest,
    before: string | undefined,
): Promise<KeyPair> {
    const found = parseJson(before ?? "");
    if (isPair(found) && isRight(found, ca, renewal)) {
        return found;
    }
    const made = await issueClientCertificate(ca, { name: "Consul client", unit: renewal });
    return { ...made, certificate: made.certificate + chain };
}

const ofScripts = "scripts";

/**
 * These rights with a certificate of the scripts that use them, by what signs certificates now. It is valid as long as
 * that, whose key is in the same file.
 */
export async function certifiedAccess(access: AccessFile): Promise<AccessFile> {
    const { ca, client } = access;
    if (client !== undefined && isRight(client, ca, ofScripts)) {
        return access;
    }
    const wanted = { name: "consul-machines", unit: ofScripts, isLasting: true };
    const made = await issueClientCertificate(ca, wanted);
    return { ...access, client: { ...made, certificate: made.certificate + chainOf(access) } };
}

function isRight({ certificate, key }: KeyPair, ca: KeyPair, unit: string): boolean {
    const found = new X509Certificate(certificate);
    return (
        isIssuedBy(found, new X509Certificate(ca.certificate)) &&
        found.checkPrivateKey(createPrivateKey(key)) &&
        found.subject.split("\n").includes(`OU=${unit}`)
    );
}
