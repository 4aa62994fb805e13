import { generate } from "selfsigned";

/** The TLS files of a docker-machine store, and those of an engine. */
export interface Certificates {
    readonly ca: string;
    readonly caKey: string;
    /** The client's. */
    readonly cert: string;
    readonly key: string;
    readonly serverCert: string;
    readonly serverKey: string;
}

let made: Promise<Certificates> | undefined;

/** A CA with a client's and a server's certificate, made once for all tests of a file. */
export function certificates(): Promise<Certificates> {
    made ??= makeCertificates();
    return made;
}

/**
 * Another such set, of an unknown CA.
 *
 * @param year from the beginning of which they are valid. Not from now on: a test may have set the clock.
 */
export async function makeCertificates(year = 2020): Promise<Certificates> {
    const settings = {
        keyType: "ec",
        algorithm: "sha256",
        notBeforeDate: new Date(`${year}-01-01`),
        notAfterDate: new Date("2120-01-01"),
    } as const;
    const authority = await generate([{ name: "commonName", value: "test authority" }], {
        ...settings,
        extensions: [{ name: "basicConstraints", cA: true, critical: true }],
    });
    const signed = { ...settings, ca: { key: authority.private, cert: authority.cert } };
    const [client, server] = await Promise.all([
        generate([{ name: "commonName", value: "test client" }], {
            ...signed,
            extensions: [{ name: "extKeyUsage", clientAuth: true }],
        }),
        generate([{ name: "commonName", value: "test engine" }], {
            ...signed,
            extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
        }),
    ]);
    return {
        ca: authority.cert,
        caKey: authority.private,
        cert: client.cert,
        key: client.private,
        serverCert: server.cert,
        serverKey: server.private,
    };
}
