-- What Argo CD shows of a NetflowCollector, by its conditions: Stalled and Reconciling as kstatus reads them, and Degraded,
-- which kstatus does not know. It belongs into argocd-cm; argocd-cm.yaml has it.
local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "the operator has not seen this specification yet" }
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local order = {
  { "Stalled", "True", "Degraded" },
  { "Reconciling", "True", "Progressing" },
  { "Degraded", "True", "Degraded" },
  { "Ready", "True", "Healthy" },
}
for _, entry in ipairs(order) do
  local condition = conditions[entry[1]]
  if condition ~= nil and condition.status == entry[2] then
    return { status = entry[3], message = condition.reason .. ": " .. condition.message }
  end
end
return { status = "Progressing", message = "the operator says nothing of it yet" }
