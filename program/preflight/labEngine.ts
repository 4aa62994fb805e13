import { defaultDockerHost, socketPathOf } from "../../components/machine/labHost.ts";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";

/** What an engine says of itself. */
export interface EngineInfo {
    readonly OperatingSystem: string;
    readonly OSType: string;
}

/** A network that an engine has. */
export interface EngineNetwork {
    readonly Name: string;
    readonly Labels: Readonly<Record<string, string>> | null;
    readonly IPAM: { readonly Config: readonly { readonly Subnet?: string }[] | null };
}

/** What the lab needs of this computer's engine. */
export interface LabNeeds {
    readonly subnet: string;
    readonly dockerHost?: string;
    /** Whose network of that subnet is our own. */
    readonly owner: string;
}

/** Asks this computer's Docker Engine whether lab machines can live on it. */
export async function labEngineProblems(needs: LabNeeds): Promise<string[]> {
    const dockerHost = needs.dockerHost ?? defaultDockerHost;
    const engine = new EngineApi({ socketPath: socketPathOf(dockerHost) });
    try {
        const [info, networks] = await Promise.all([engine.ask("/info"), engine.ask("/networks")]);
        const kind = desktopProblem(info as EngineInfo, process.platform);
        if (kind !== undefined) {
            return [kind];
        }
        return subnetProblems(networks as readonly EngineNetwork[], needs);
    } catch (error) {
        return [
            `driver: got "lab"; its machines are containers here, but no Docker Engine answers at ` +
                `${dockerHost} (${describeError(error)}). Start Docker, or name its socket in ` +
                "driverOptions.dockerHost.",
        ];
    }
}

/** Why an engine in a virtual machine cannot carry lab machines; undefined if it is none. */
export function desktopProblem(info: EngineInfo, platform: NodeJS.Platform): string | undefined {
    const isDesktop = /docker desktop/i.test(info.OperatingSystem);
    if (!isDesktop && platform === "linux" && info.OSType === "linux") {
        return undefined;
    }
    const what = isDesktop ? "Docker Desktop" : `Docker on ${platform}`;
    return (
        `driver: got "lab"; lab machines are containers with addresses of their own, which ` +
        `${what} does not make reachable from this computer. Use Docker Engine on Linux (a Linux ` +
        "virtual machine will do), or another driver: docs/machines.md has a stack file for each."
    );
}

/** Which networks of the engine, other than this stack's, lie across the lab's subnet. */
export function subnetProblems(
    networks: readonly EngineNetwork[],
    { subnet, owner }: LabNeeds,
): string[] {
    const clash = networks.find(
        ({ Labels, IPAM }) =>
            Labels?.[ownerLabel] !== owner &&
            (IPAM.Config ?? []).some(
                ({ Subnet }) => Subnet !== undefined && overlap(Subnet, subnet),
            ),
    );
    return clash === undefined
        ? []
        : [
              `driverOptions.subnet: got "${subnet}"; the Docker network "${clash.Name}" lies across ` +
                  "it. Name another one, such as 10.89.7.0/24.",
          ];
}

/** Whether two IPv4 networks share an address. One that is not IPv4 shares none. */
export function overlap(one: string, other: string): boolean {
    const a = range(one);
    const b = range(other);
    return a !== undefined && b !== undefined && a.start <= b.end && b.start <= a.end;
}

function range(network: string): { start: number; end: number } | undefined {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(network);
    if (match === null) {
        return undefined;
    }
    const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
    const size = 2 ** (32 - bits);
    const address = ((a * 256 + b) * 256 + c) * 256 + d;
    const start = Math.floor(address / size) * size;
    return { start, end: start + size - 1 };
}
