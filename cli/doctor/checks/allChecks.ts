import type { Check } from "../findings.ts";
import { accessChecks, dnsUnreachable } from "./access.ts";
import { advertiseChecks } from "./advertise.ts";
import { certificateChecks } from "./certificates.ts";
import { containerChecks } from "./container.ts";
import { dataChecks } from "./data.ts";
import { engineChecks } from "./engine.ts";
import { formationChecks } from "./formation.ts";
import { joiningChecks } from "./joining.ts";
import { listeningCheck } from "./listening.ts";
import { membershipChecks } from "./membership.ts";
import { udpLost } from "./network.ts";
import { raftChecks } from "./raft.ts";
import { secretChecks } from "./secrets.ts";
import { transportChecks } from "./transport.ts";

/** Everything that doctor looks for, from the machine upwards: the order of its report. */
export const clusterChecks: readonly Check[] = [
    ...engineChecks,
    ...certificateChecks,
    ...containerChecks,
    ...transportChecks,
    listeningCheck,
    ...secretChecks,
    ...accessChecks,
    ...advertiseChecks,
    udpLost,
    ...joiningChecks,
    ...membershipChecks,
    ...formationChecks,
    ...raftChecks,
    ...dataChecks,
    dnsUnreachable,
];
