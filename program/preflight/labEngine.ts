import type { NetworkInspectInfo } from "dockerode";
import { defaultDockerHost, socketPathOf } from "../../components/machine/labHost.ts";
import { Subnet } from "../../components/machine/subnet.ts";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { describeError } from "../../scripts/system/progress.ts";

/** What an engine says of itself. */
export interface EngineInfo {
    readonly OperatingSystem: string;
    readonly OSType: string;
}

/** What the lab needs of this computer's engine. */
export interface LabNeeds {
    readonly subnet: string;
    readonly dockerHost?: string | undefined;
    /** The stack, whose own network has that subnet. */
    readonly owner: string;
}

/** Checks whether lab machines can run on this computer's Docker Engine. */
export async function labEngineProblems(needs: LabNeeds): Promise<string[]> {
    const dockerHost = needs.dockerHost ?? defaultDockerHost;
    const engine = new EngineApi({ socketPath: socketPathOf(dockerHost) });
    try {
        const [info, networks] = await Promise.all([
            engine.ask<EngineInfo>("/info"),
            engine.ask<readonly NetworkInspectInfo[]>("/networks"),
        ]);
        const kind = desktopProblem(info, process.platform);
        return kind === undefined ? subnetProblems(networks, needs) : [kind];
    } catch (error) {
        return [
            `driver: got "lab"; its machines are containers here, but no Docker Engine answers at ` +
                `${dockerHost} (${describeError(error)}). Start Docker, or name its socket in ` +
                "driverOptions.dockerHost.",
        ];
    }
}

/** Why an engine in a virtual machine cannot run lab machines; undefined if it is in none. */
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

/** Which network of the engine, other than this stack's, overlaps the lab's subnet. */
function subnetProblems(
    networks: readonly NetworkInspectInfo[],
    { subnet, owner }: LabNeeds,
): string[] {
    const lab = Subnet.of(subnet);
    const clash = networks.find(
        ({ Labels, IPAM }) =>
            Labels?.[ownerLabel] !== owner &&
            (IPAM?.Config ?? []).some(({ Subnet: text = "" }) => {
                return Subnet.parse(text)?.overlaps(lab) === true;
            }),
    );
    return clash === undefined
        ? []
        : [
              `driverOptions.subnet: got "${subnet}"; the Docker network "${clash.Name}" overlaps ` +
                  "it. Name another one, such as 10.89.7.0/24.",
          ];
}
