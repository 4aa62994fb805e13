import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { withoutFrames } from "../../../scripts/docker/container.ts";
import type { EngineApi } from "../../../scripts/docker/engineApi.ts";
import { nodeLabel } from "../../../scripts/protocol/labels.ts";
import type { ContainerFacts, PublishedPort, PublisherFacts } from "../facts.ts";
import { signsOf, type LogSign } from "../signs.ts";
import { askSecretFiles } from "./secretFiles.ts";

/** The name that a node's container has, where it has no label of ours. */
const containerName = "/consul";

/** Lines of the log that are read: hours of a healthy agent, minutes of one that logs errors. */
const logLines = 2000;

/** A port in a list: only one that is published has a number on the machine, and an address there. */
type ListedPort = Pick<ContainerInfo["Ports"][number], "PrivatePort" | "Type"> &
    Partial<ContainerInfo["Ports"][number]>;

/** A container in a list; engines send no labels in more than one way. */
interface Listed extends Pick<ContainerInfo, "Id" | "Names"> {
    readonly Labels?: ContainerInfo["Labels"] | null;
    readonly Ports?: readonly ListedPort[] | null;
}

/** What was learned of a node's container. */
export interface AskedContainer {
    /** Null where there is none. */
    readonly container: ContainerFacts | null;
    /** All containers of its machine that publish ports. */
    readonly publishers: readonly PublisherFacts[];
    readonly signs: readonly LogSign[];
}

/**
 * Inspects a node's container on its machine's engine.
 *
 * @param isSecured whether its agent has files with secrets to look at. @default it has none
 */
export async function askContainer(
    engine: EngineApi,
    node: string,
    now: Date,
    isSecured = false,
): Promise<AskedContainer> {
    const all = await engine.ask<readonly Listed[]>("/containers/json?all=true");
    const found =
        all.find(({ Labels }) => Labels?.[nodeLabel] === node) ??
        all.find(({ Names }) => Names.includes(containerName));
    const publishers = publishersOf(all, found);
    if (found === undefined) {
        return { container: null, publishers, signs: [] };
    }
    const [{ State, NetworkSettings }, log, secrets] = await Promise.all([
        engine.ask<ContainerInspectInfo>(`/containers/${found.Id}/json`),
        engine.text(`/containers/${found.Id}/logs?stdout=true&stderr=true&tail=${logLines}`),
        isSecured ? askSecretFiles(engine, found.Id).catch(() => undefined) : undefined,
    ]);
    const lines = withoutFrames(log);
    const container: ContainerFacts = {
        state: State.Status,
        exitCode: State.ExitCode,
        error: State.Error,
        published: publishedPorts(NetworkSettings.Ports),
        lastLines: lines.slice(-3).map((line) => line.trim()),
        ...(secrets === undefined ? {} : { secrets }),
    };
    return { container, publishers, signs: signsOf(lines, now) };
}

function publishersOf(all: readonly Listed[], own: Listed | undefined): PublisherFacts[] {
    return all.flatMap((one) => {
        const published = (one.Ports ?? []).flatMap(
            ({ PrivatePort: port, PublicPort: hostPort, Type: protocol, IP: ip = "" }) =>
                hostPort === undefined ? [] : [{ port, protocol, ip, hostPort }],
        );
        const container = one.Names[0]?.replace(/^\//, "") ?? one.Id;
        const isAgents = one === own || one.Labels?.[nodeLabel] !== undefined;
        return published.length === 0 ? [] : [{ container, isAgents, published }];
    });
}

type Bindings = Partial<ContainerInspectInfo["NetworkSettings"]["Ports"]> | null;

function publishedPorts(ports: Bindings): PublishedPort[] {
    return Object.entries(ports ?? {}).flatMap(([key, bindings]) => {
        const [port = "", protocol = ""] = key.split("/");
        return (bindings ?? []).map(({ HostIp, HostPort }) => {
            return { port: Number(port), protocol, ip: HostIp, hostPort: Number(HostPort) };
        });
    });
}
