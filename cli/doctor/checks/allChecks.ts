import type { Check } from "../findings.ts";
import { agentSilent, agentTokenMissing, tokenMissing } from "./access.ts";
import { advertisedElsewhere, advertisedInside } from "./advertise.ts";
import {
    certificateAuthority,
    certificateLapsed,
    certificateLapsing,
    machineMoved,
} from "./certificates.ts";
import {
    containerGone,
    containerStopped,
    portUnpublished,
    severalAddresses,
} from "./containerChecks.ts";
import { bootstrapsAlone, dataDiffer, offlineTooLong, takenOver } from "./data.ts";
import { dnsSilent } from "./dns.ts";
import { engineOff, engineSilent } from "./engine.ts";
import { expectDiffers, expectUnmet } from "./formationChecks.ts";
import { gossipKey, joinFails, joinsItself, otherDatacenter } from "./joining.ts";
import { ghost, idShared, nameReserved, nameShared, notAlive, notDeclared } from "./membership.ts";
import { udpLost } from "./network.ts";
import { addressReused, noLeader, notVoter, quorumLost } from "./raft.ts";

/** Everything that doctor looks for, from the machine upwards: the order of its report. */
export const clusterChecks: readonly Check[] = [
    engineSilent,
    engineOff,
    machineMoved,
    certificateLapsed,
    certificateAuthority,
    certificateLapsing,
    containerGone,
    containerStopped,
    severalAddresses,
    portUnpublished,
    agentSilent,
    tokenMissing,
    agentTokenMissing,
    advertisedInside,
    advertisedElsewhere,
    udpLost,
    joinsItself,
    joinFails,
    gossipKey,
    otherDatacenter,
    nameReserved,
    idShared,
    nameShared,
    notAlive,
    notDeclared,
    ghost,
    expectDiffers,
    expectUnmet,
    quorumLost,
    noLeader,
    addressReused,
    notVoter,
    offlineTooLong,
    takenOver,
    bootstrapsAlone,
    dataDiffer,
    dnsSilent,
];
