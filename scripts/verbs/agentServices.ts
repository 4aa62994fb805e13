import type { AgentService } from "../consul/answers.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { securedCurl } from "../consul/curlCommand.ts";
import { hasLaterParts, tooNewParts } from "../consul/serviceParts.ts";
import { parseVersion } from "../consul/versions.ts";
import { definitionMark, type ServiceDefinition } from "../protocol/serviceDefinition.ts";
import type { ForgetRequest, ServicesRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";

/** Milliseconds for an agent that is being restarted to answer. */
const answerLimit = 30_000;

/**
 * Makes an agent's declared services exactly these. One whose definition has not changed is left as it
 * is, with the state of its checks; one that was not declared here is not touched. Other tokens register all anew:
 * an agent keeps the token of a registration, and reports by it what the checks find.
 *
 * @throws Error, before anything is changed, when an id belongs to a service that was not declared here, or when the
 *     agent's Consul is too old for a service.
 */
export async function registerServices(request: ServicesRequest): Promise<string> {
    const { nodeName, tokens } = request;
    const agent = await answeringAgent(request);
    await refuseTooNew(agent, request);
    const services = request.services.map((service) => withTokens(service, tokens));
    const known = await agent.services();
    const foreign = services.filter(({ ID }) => {
        const found = known[ID];
        return found !== undefined && found.Meta?.[definitionMark] === undefined;
    });
    if (foreign.length > 0) {
        const problems = foreign.map(
            ({ ID }) =>
                `${nodeName}: its agent has a service of the id "${ID}" that this stack did ` +
                `not register; give ours another id, or remove that one: ${removalOf(ID, request)}`,
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

/** Refuses services that the agent's Consul does not take: an unknown key is an error to it, in the middle of them. */
async function refuseTooNew(agent: ConsulClient, { nodeName, services }: ServicesRequest) {
    if (!services.some(hasLaterParts)) {
        return;
    }
    const version = parseVersion((await agent.self()).Config.Version ?? "");
    const problems = services.flatMap((service) =>
        version === undefined
            ? []
            : tooNewParts(service, version).map((rule) => `${nodeName}: "${service.ID}": ${rule}`),
    );
    if (problems.length > 0) {
        throw new Error(problems.join("\n"));
    }
}

/** Removes an agent's declared services. */
export async function removeServices(request: ServicesRequest): Promise<void> {
    await registerServices({ ...request, services: [] });
}

/** Removes what a removed registrator left on its agent: all services whose ids have its prefix, and that were not
 * declared. */
export async function forgetServices(request: ForgetRequest): Promise<void> {
    const { prefix } = request;
    const agent = await answeringAgent(request);
    const known = Object.values(await agent.services());
    const left = known.filter(
        ({ ID, Meta }) => ID.startsWith(prefix) && Meta?.[definitionMark] === undefined,
    );
    await deregister(agent, left);
}

async function deregister(agent: ConsulClient, services: readonly AgentService[]) {
    for (const { ID } of services) {
        progress(`removing ${ID}`);
        await agent.deregisterService(ID);
    }
}

/** A definition whose mark says as well with which tokens it is registered. */
function withTokens(service: ServiceDefinition, tokens: number | undefined): ServiceDefinition {
    if (tokens === undefined) {
        return service;
    }
    const mark = `${service.Meta[definitionMark] ?? ""}/${tokens}`;
    return { ...service, Meta: { ...service.Meta, [definitionMark]: mark } };
}

/** The command by which an operator removes a service from its agent. */
function removalOf(id: string, { httpAddress, access }: ServicesRequest): string {
    const address = `${httpAddress}/v1/agent/service/deregister/${encodeURIComponent(id)}`;
    return access === undefined
        ? `curl -X PUT ${address}`
        : `${securedCurl(`-X PUT ${address}`)} (of the stack's outputs ca.pem is caCertificate, and ` +
              "the token managementToken)";
}

async function answeringAgent(
    request: Pick<ServicesRequest, "nodeName" | "httpAddress" | "access" | "askThrough">,
): Promise<ConsulClient> {
    const { nodeName, httpAddress, askThrough = nodeName, access } = request;
    const agent = (await ClusterClients.of({ access })).at(askThrough, httpAddress);
    try {
        await waitFor(() => agent.self().then(() => undefined), { limit: answerLimit });
    } catch (error) {
        const message = `${nodeName}: its agent at ${httpAddress} does not answer`;
        throw new Error(message, { cause: error });
    }
    return agent;
}
