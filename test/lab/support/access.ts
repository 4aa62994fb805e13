import { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import type { ConsulAccess } from "../../../scripts/consul/consulConnection.ts";
import { readBody, sendRequest } from "../../../scripts/system/http.ts";

/** What a stack exports for who asks its agents from outside: of a secured one the CA, and the management token. */
interface ExportedAccess {
    readonly httpAddress: string;
    readonly nodes: Readonly<Record<string, { readonly httpAddress: string }>>;
    readonly caCertificate?: string;
    readonly managementToken?: string;
    readonly clientCertificate?: string;
    readonly clientKey?: string;
}

const known = new Map<string, ConsulAccess>();

/** Keeps by what a stack's agents are asked, for {@link accessAt}. */
export function rememberAccess(outputs: ExportedAccess): void {
    const { httpAddress, nodes, caCertificate: ca, managementToken: tokens } = outputs;
    const { clientCertificate: certificate, clientKey: key } = outputs;
    const client =
        certificate === undefined || key === undefined ? undefined : { certificate, key };
    for (const address of [httpAddress, ...Object.values(nodes).map((node) => node.httpAddress)]) {
        known.set(address, { ca, tokens, client });
    }
}

/** By what an agent is asked, as the outputs of its stack said last; nothing for one that no stack exports. */
export function accessAt(httpAddress: string): ConsulAccess {
    return known.get(httpAddress) ?? {};
}

/** A client of an agent at this address, open or secured. */
export function agentAt(httpAddress: string): ConsulClient {
    return new ConsulClient(httpAddress, accessAt(httpAddress));
}

/** What `fetch` does, of an agent that may be secured. */
export async function fetchAt(
    address: string,
    request: { readonly method?: "GET" | "PUT" | "POST" | "DELETE"; readonly body?: string } = {},
): Promise<Response> {
    const { origin, protocol, hostname, port, pathname, search } = new URL(address);
    const { ca, tokens, client } = accessAt(origin);
    const shown = { cert: client?.certificate, key: client?.key };
    const isTls = protocol === "https:" && ca !== undefined;
    const answer = await sendRequest(
        { host: hostname, port: Number(port), tls: isTls ? { ca, ...shown } : undefined },
        {
            ...request,
            path: pathname + search,
            headers: typeof tokens === "string" ? { "x-consul-token": tokens } : {},
        },
    );
    const status = answer.statusCode ?? 0;
    return new Response(await readBody(answer), { status });
}
