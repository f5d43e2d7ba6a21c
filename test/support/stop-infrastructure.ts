import './start-infrastructure';

export default async function stop(): Promise<void> {
  await globalThis.causewayTestInfrastructure?.stop();
}
