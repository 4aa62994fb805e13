import { said, type Finding } from "../facts/finding.ts";
import { listed, type Looked } from "./context.ts";

/** What becoming a machine does to the host. */
export function effectFindings({ plan, facts: { hostname, docker } }: Looked): Finding[] {
    const { engine } = docker;
    const running = (engine?.containers ?? []).filter(({ state }) => state === "running");
    const isKept = engine?.liveRestore === true;
    const stays = running.filter(({ restart }) => restart === "no").map(({ name }) => name);
    const again = running.filter(({ restart }) => restart !== "no").map(({ name }) => name);
    return [
        ...(hostname === undefined || hostname === plan.machineName
            ? []
            : [
                  said(
                      "rename",
                      `its host name is "${hostname}"`,
                      `it is renamed to "${plan.machineName}".`,
                  ),
              ]),
        ...(again.length === 0
            ? []
            : [
                  said(
                      "restart",
                      `it runs the ${again.length === 1 ? "container" : "containers"} ${listed(again)}`,
                      "Docker is restarted, and they with it.",
                  ),
              ]),
        ...(stays.length === 0
            ? []
            : [
                  said(
                      "restart",
                      `it runs ${listed(stays)} without a restart policy`,
                      isKept
                          ? "Docker is restarted and they go on (live-restore), but its bridge is made anew: restart them " +
                                "afterwards."
                          : "Docker is restarted, and they stay stopped: start them again afterwards.",
                  ),
              ]),
        ...(engine?.swarm === true
            ? [
                  said(
                      "swarm",
                      "its Docker is part of a swarm",
                      "Docker is restarted, and the swarm moves its tasks meanwhile.",
                  ),
              ]
            : []),
    ];
}
