import { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import type { ConsulAccess } from "../../../scripts/consul/consulConnection.ts";
import { readBody, sendRequest } from "../../../scripts/system/http.ts";
import type { Outputs } from "./labStack.ts";

const known = new Map<string, ConsulAccess>();

/** What a stack exports for who asks its agents from outside: of a secured one the CA, and the management token. */
export function accessOf({ caCertificate, managementToken }: Outputs): ConsulAccess {
    return { ca: caCertificate, tokens: managementToken };
}

/** Keeps by what a stack's agents are asked, for {@link accessAt}. */
export function rememberAccess(outputs: Outputs): void {
    const addresses = Object.values(outputs.nodes).map(({ httpAddress }) => httpAddress);
    for (const address of [outputs.httpAddress, ...addresses]) {
        known.set(address, accessOf(outputs));
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
    const { ca, tokens } = accessAt(origin);
    const isTls = protocol === "https:" && ca !== undefined;
    const answer = await sendRequest(
        { host: hostname, port: Number(port), tls: isTls ? { ca } : undefined },
        {
            ...request,
            path: pathname + search,
            headers: typeof tokens === "string" ? { "x-consul-token": tokens } : {},
        },
    );
    const status = answer.statusCode ?? 0;
    return new Response(await readBody(answer), { status });
}
