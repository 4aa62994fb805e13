import { z } from "zod";
import { withoutFrames } from "../../../scripts/docker/containerLog.ts";
import type { EngineApi } from "../../../scripts/docker/engineApi.ts";
import type { ContainerFacts } from "../facts.ts";
import { signsOf, type LogSign } from "../signs.ts";
import { nodeLabel } from "../../../scripts/protocol/labels.ts";

/** The name that a node's container has, where it has no label of ours. */
const containerName = "/consul";

/** Lines of the log that are read: hours of a quiet agent, minutes of a troubled one. */
const logLines = 2000;

const listSchema = z.array(
    z.object({
        Id: z.string(),
        Names: z.array(z.string()),
        Labels: z.record(z.string(), z.string()).nullish(),
    }),
);

const inspectSchema = z.object({
    State: z.object({ Status: z.string(), ExitCode: z.number(), Error: z.string() }),
    NetworkSettings: z.object({
        Ports: z
            .record(
                z.string(),
                z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable(),
            )
            .nullish(),
    }),
});

/** What was learned of a node's container. */
export interface AskedContainer {
    /** Null where there is none. */
    readonly container: ContainerFacts | null;
    readonly signs: readonly LogSign[];
}

/** Looks at a node's container on its machine's engine. */
export async function askContainer(
    engine: EngineApi,
    node: string,
    now: Date,
): Promise<AskedContainer> {
    const all = listSchema.parse(await engine.ask("/containers/json?all=true"));
    const found =
        all.find(({ Labels }) => Labels?.[nodeLabel] === node) ??
        all.find(({ Names }) => Names.includes(containerName));
    if (found === undefined) {
        return { container: null, signs: [] };
    }
    const [inspected, log] = await Promise.all([
        engine.ask(`/containers/${found.Id}/json`),
        engine.text(`/containers/${found.Id}/logs?stdout=true&stderr=true&tail=${logLines}`),
    ]);
    const { State, NetworkSettings } = inspectSchema.parse(inspected);
    const lines = withoutFrames(log);
    const container: ContainerFacts = {
        state: State.Status,
        exitCode: State.ExitCode,
        error: State.Error,
        published: publishedPorts(NetworkSettings.Ports ?? {}),
        lastLines: lines.slice(-3).map((line) => line.trim()),
    };
    return { container, signs: signsOf(lines, now) };
}

type Ports = NonNullable<z.infer<typeof inspectSchema>["NetworkSettings"]["Ports"]>;

function publishedPorts(ports: Ports) {
    return Object.entries(ports).flatMap(([key, bindings]) => {
        const [port = "", protocol = ""] = key.split("/");
        return (bindings ?? []).map(({ HostIp, HostPort }) => {
            return { port: Number(port), protocol, ip: HostIp, hostPort: Number(HostPort) };
        });
    });
}
