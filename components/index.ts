/** The library: what another Pulumi program imports from this package. */
export { ConsulCluster } from "./consulCluster.ts";
export type {
    ClusterArgs,
    ConsulClusterArgs,
    LabMachineSpec,
    NodeArgs,
    NodeOutputs,
    OneMachine,
    SeparateMachines,
    SharedNodeArgs,
} from "./clusterArgs.ts";
export { ConsulNode } from "./consulNode.ts";
export type { AgentArgs, ConsulNodeArgs, OnOwnMachine, OnSharedMachine } from "./nodeArgs.ts";
export { SharedMachine, type SharedMachineArgs } from "./sharedMachine.ts";
export { DockerMachine, type DockerMachineArgs } from "./dockerMachine.ts";
export {
    MachineContainer,
    type MachineContainerArgs,
    type PublishedPort,
} from "./machineContainer.ts";
export { ofGeneration } from "./nodeNames.ts";
export { MachineStore, type MachineStoreArgs } from "./machineStore.ts";
export { LabHost, type LabHostArgs } from "./labHost.ts";
export { LabMachine, type LabMachineArgs } from "./labMachine.ts";
export { archiveReference, defaultImage, type AgentImage } from "./agentImage.ts";
export { agentImage } from "./imageArchive.ts";
export type { ImageFlavour } from "./agentFlavour.ts";
export type {
    DriverMachine,
    GenericMachine,
    MachineArgs,
    VirtualboxMachine,
} from "./machineArgs.ts";
export type { Json, JsonObject } from "./agentConfig.ts";
export { agentPorts, type PortRow, type Role } from "./ports.ts";
export { Registrator, type RegistratorArgs } from "./registrator.ts";
export type {
    CheckTiming,
    HttpCheck,
    ServiceArgs,
    ServiceCheck,
    TcpCheck,
    TtlCheck,
} from "./services.ts";
