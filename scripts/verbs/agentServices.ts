import { definitionMark } from "../protocol/serviceDefinition.ts";
import { ConsulClient } from "../consul/consulClient.ts";
import { progress } from "../system/progress.ts";
import type { ForgetRequest, ServicesRequest } from "../protocol/requests.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for an agent that is just being restarted to answer. */
const answerLimit = 30_000;

/**
 * Makes an agent's declared services these and no others. One whose definition has not changed is
 * left as it is, with the state of its checks; one that nobody declared here is not touched.
 *
 * @throws Error, before anything is changed, when an id is that of a service somebody else made.
 */
export async function registerServices(request: ServicesRequest): Promise<string> {
    const { nodeName, services } = request;
    const agent = await answeringAgent(nodeName, request.httpAddress);
    const known = await agent.services();
    const foreign = services.filter(({ ID }) => {
        const found = known[ID];
        return found !== undefined && found.Meta?.[definitionMark] === undefined;
    });
    if (foreign.length > 0) {
        throw new Error(
            foreign
                .map(
                    ({ ID }) =>
                        `${nodeName}: its agent has a service of the id "${ID}" that this stack did ` +
                        "not register; give ours another id, or take that one out: " +
                        `curl -X PUT ${agent.httpAddress}/v1/agent/service/deregister/${ID}`,
                )
                .join("\n"),
        );
    }
    const wanted = new Set(services.map(({ ID }) => ID));
    for (const { ID, Meta } of Object.values(known)) {
        if (Meta?.[definitionMark] !== undefined && !wanted.has(ID)) {
            progress(`taking out ${ID}`);
            await agent.deregisterService(ID);
        }
    }
    for (const service of services) {
        if (known[service.ID]?.Meta?.[definitionMark] !== service.Meta[definitionMark]) {
            progress(`registering ${service.ID}`);
            await agent.registerService(service);
        }
    }
    return [...wanted].sort().join(" ");
}

/** Takes an agent's declared services out. */
export async function removeServices(request: ServicesRequest): Promise<void> {
    await registerServices({ ...request, services: [] });
}

/** Takes out what a registrator left behind on its agent when it was removed: all services whose
 * ids begin as its own do. */
export async function forgetServices({ nodeName, httpAddress, prefix }: ForgetRequest) {
    const agent = await answeringAgent(nodeName, httpAddress);
    const left = Object.keys(await agent.services()).filter((id) => id.startsWith(prefix));
    for (const id of left) {
        progress(`taking out ${id}`);
        await agent.deregisterService(id);
    }
}

async function answeringAgent(nodeName: string, httpAddress: string): Promise<ConsulClient> {
    const agent = new ConsulClient(httpAddress);
    try {
        await waitFor(() => agent.self().then(() => undefined), { limit: answerLimit });
    } catch (error) {
        throw new Error(`${nodeName}: its agent at ${httpAddress} does not answer`, {
            cause: error,
        });
    }
    return agent;
}
