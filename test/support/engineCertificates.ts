import { generate } from "selfsigned";
import type { Certificates } from "./certificates.ts";

/** What an engine's certificates differ in from good ones. */
export interface CertificateFlaws {
    /** The address that the engine's certificate is for. @default "127.0.0.1" */
    readonly address?: string;
    /** When the engine's certificate expires. @default in a century */
    readonly serverEnds?: Date;
    /** When this computer's expires. @default in a century */
    readonly clientEnds?: Date;
    /** When the CA's expires. @default in a century */
    readonly authorityEnds?: Date;
}

const begins = new Date("2020-01-01");
const never = new Date("2120-01-01");

/** Makes the certificates of an engine and of its store, as docker-machine would have. */
export async function engineCertificates(flaws: CertificateFlaws = {}): Promise<Certificates> {
    const settings = { keyType: "ec", algorithm: "sha256", notBeforeDate: begins } as const;
    const named = (value: string) => [{ name: "commonName", value }];
    const authority = await generate(named("test authority"), {
        ...settings,
        notAfterDate: flaws.authorityEnds ?? never,
        extensions: [{ name: "basicConstraints", cA: true, critical: true }],
    });
    const ca = { key: authority.private, cert: authority.cert };
    const client = await generate(named("test client"), {
        ...settings,
        ca,
        notAfterDate: flaws.clientEnds ?? never,
        extensions: [{ name: "extKeyUsage", clientAuth: true }],
    });
    const ip = flaws.address ?? "127.0.0.1";
    const server = await generate(named("test engine"), {
        ...settings,
        ca,
        notAfterDate: flaws.serverEnds ?? never,
        extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip }] }],
    });
    return {
        ca: authority.cert,
        caKey: authority.private,
        cert: client.cert,
        key: client.private,
        serverCert: server.cert,
        serverKey: server.private,
    };
}
