import type { AgentService } from "../consul/answers.ts";
import { ConsulClient } from "../consul/consulClient.ts";
import { definitionMark } from "../protocol/serviceDefinition.ts";
import type { ForgetRequest, ServicesRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";

/** Milliseconds for an agent that is being restarted to answer. */
const answerLimit = 30_000;

/**
 * Makes an agent's declared services exactly these. One whose definition has not changed is left as it
 * is, with the state of its checks; one that was not declared here is not touched.
 *
 * @throws Error, before anything is changed, when an id belongs to a service that was not declared here.
 */
export async function registerServices(request: ServicesRequest): Promise<string> {
    const { nodeName, services, httpAddress } = request;
    const agent = await answeringAgent(nodeName, httpAddress);
    const known = await agent.services();
    const foreign = services.filter(({ ID }) => {
        const found = known[ID];
        return found !== undefined && found.Meta?.[definitionMark] === undefined;
    });
    if (foreign.length > 0) {
        const problems = foreign.map(
            ({ ID }) =>
                `${nodeName}: its agent has a service of the id "${ID}" that this stack did ` +
                "not register; give ours another id, or remove that one: " +
                `curl -X PUT ${httpAddress}/v1/agent/service/deregister/${ID}`,
        );
        throw new Error(problems.join("\n"));
    }
    const wanted = new Set(services.map(({ ID }) => ID));
    const gone = Object.values(known).filter(
        ({ ID, Meta }) => Meta?.[definitionMark] !== undefined && !wanted.has(ID),
    );
    await deregister(agent, gone);
    for (const service of services) {
        if (known[service.ID]?.Meta?.[definitionMark] !== service.Meta[definitionMark]) {
            progress(`registering ${service.ID}`);
            await agent.registerService(service);
        }
    }
    return [...wanted].sort().join(" ");
}

/** Removes an agent's declared services. */
export async function removeServices(request: ServicesRequest): Promise<void> {
    await registerServices({ ...request, services: [] });
}

/** Removes what a removed registrator left on its agent: all services whose ids have its prefix. */
export async function forgetServices({ nodeName, httpAddress, prefix }: ForgetRequest) {
    const agent = await answeringAgent(nodeName, httpAddress);
    const known = Object.values(await agent.services());
    const left = known.filter(({ ID }) => ID.startsWith(prefix));
    await deregister(agent, left);
}

async function deregister(agent: ConsulClient, services: readonly AgentService[]) {
    for (const { ID } of services) {
        progress(`removing ${ID}`);
        await agent.deregisterService(ID);
    }
}

async function answeringAgent(nodeName: string, httpAddress: string): Promise<ConsulClient> {
    const agent = new ConsulClient(httpAddress);
    try {
        await waitFor(() => agent.self().then(() => undefined), { limit: answerLimit });
    } catch (error) {
        const message = `${nodeName}: its agent at ${httpAddress} does not answer`;
        throw new Error(message, { cause: error });
    }
    return agent;
}
