{{/* Name of all objects. It is the release's, unless that does not tell what it is. */}}
{{- define "netflow2traces.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels by which the operator's pods are found. A Deployment's selector can't change, so neither can they. */}}
{{- define "netflow2traces.selector" -}}
app.kubernetes.io/name: netflow2traces
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{/* Labels of the pod of `helm test`. */}}
{{- define "netflow2traces.testSelector" -}}
app.kubernetes.io/name: netflow2traces
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{/* Labels that the chart sets: of the operator's pods, which an upgrade of the chart alone should not replace. */}}
{{- define "netflow2traces.podLabels" -}}
{{ include "netflow2traces.selector" . }}
app.kubernetes.io/part-of: netflow2traces
{{- end -}}

{{/* The same of all objects. */}}
{{- define "netflow2traces.labels" -}}
{{ include "netflow2traces.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels and annotations of an object; takes (list $ labels annotations), those that it has beside the chart's; annotations
may be left out. */}}
{{- define "netflow2traces.meta" -}}
{{- $root := index . 0 -}}
{{- $annotations := dict -}}
{{- if gt (len .) 2 }}{{ $annotations = index . 2 }}{{ end -}}
labels:
  {{- merge (include "netflow2traces.labels" $root | fromYaml) (index . 1) $root.Values.commonLabels | toYaml | nindent 2 }}
{{- with merge dict $annotations $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Fails with what a schema can't say. */}}
{{- define "netflow2traces.check" -}}
{{- if hasKey .Values "watchNamespace" -}}
{{- fail "watchNamespace has become watchNamespaces, a list: write watchNamespaces: [flows], or --set 'watchNamespaces={flows}'" -}}
{{- end -}}
{{- if and (or .Values.rbac.secrets .Values.rbac.configMaps) (not .Values.rbac.collectors) -}}
{{- fail "rbac.secrets and rbac.configMaps have no effect without rbac.collectors, the names of all NetflowCollectors" -}}
{{- end -}}
{{- if and .Values.prometheus.podMonitor .Values.prometheus.serviceMonitor -}}
{{- fail "prometheus.podMonitor and prometheus.serviceMonitor would have everything scraped twice: set one of them" -}}
{{- end -}}
{{- with .Values.demo -}}
{{- if .enabled -}}
{{- if eq .namespace $.Release.Namespace -}}
{{- fail "demo.namespace must be another one than the release's: it goes with the demo" -}}
{{- end -}}
{{- if and $.Values.watchNamespaces (not (has .namespace $.Values.watchNamespaces)) -}}
{{- fail (printf "watchNamespaces must have %s, or the operator does not see the demo" .namespace) -}}
{{- end -}}
{{- if and $.Values.rbac.collectors (not (has "demo" $.Values.rbac.collectors)) -}}
{{- fail "rbac.collectors must have demo, the name of the demo's NetflowCollector" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $value, $set := dict "commonLabels" "netflow2traces.labels" "podLabels" "netflow2traces.podLabels" -}}
{{- $labels := include $set $ | fromYaml -}}
{{- range $key, $_ := index $.Values $value -}}
{{- if hasKey $labels $key -}}
{{- fail (printf "%s must not have %s: the chart sets it" $value $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Reference of an image; takes (list $ .Values.image). */}}
{{- define "netflow2traces.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- with $root.Values.global.imageRegistry | default $root.Values.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default $root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* Of the demo, what its parts must agree on. */}}
{{- define "netflow2traces.demoCollector" -}}
apiVersion: netflow2traces.io/v1alpha1
kind: NetflowCollector
metadata:
  name: demo
  namespace: {{ .Values.demo.namespace }}
spec:
  listeners:
    - name: netflow
      port: 2055
  otlp:
    endpoint: http://jaeger.{{ .Values.demo.namespace }}.svc:4317
{{- end -}}

{{/* A pod of the collector's image that runs a script of files/demo; takes (list $ script environment). */}}
{{- define "netflow2traces.demoPod" -}}
{{- $root := index . 0 -}}
restartPolicy: Never
enableServiceLinks: false
{{- with $root.Values.collectorImage.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "netflow2traces.podSecurityContext" $root | nindent 2 }}
containers:
  - name: demo
    image: {{ include "netflow2traces.image" (list $root $root.Values.collectorImage) }}
    imagePullPolicy: {{ $root.Values.collectorImage.pullPolicy }}
    command: [/usr/local/bin/node, --input-type=module, --eval]
    args:
      - {{ $root.Files.Get (printf "files/demo/%s.js" (index . 1)) | toJson }}
    env:
      {{- range $name, $value := index . 2 }}
      - name: {{ $name }}
        value: {{ $value | quote }}
      {{- end }}
    resources:
      requests:
        cpu: 20m
        memory: 64Mi
      limits:
        memory: 256Mi
    securityContext:
      {{- toYaml $root.Values.containerSecurityContext | nindent 6 }}
nodeSelector:
  kubernetes.io/os: linux
{{- end -}}

{{/* Security context of the operator's pods. On OpenShift the namespace has its own range of users. */}}
{{- define "netflow2traces.podSecurityContext" -}}
{{- $context := .Values.podSecurityContext -}}
{{- if .Values.openshift }}{{ $context = omit $context "runAsUser" "runAsGroup" }}{{ end -}}
{{- toYaml $context -}}
{{- end -}}
