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

{{/* Labels of every object. */}}
{{- define "netflow2traces.labels" -}}
{{ include "netflow2traces.selector" . }}
app.kubernetes.io/part-of: netflow2traces
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels of objects for the Prometheus operator. */}}
{{- define "netflow2traces.prometheusLabels" -}}
{{ include "netflow2traces.labels" . }}
{{- with .Values.prometheus.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Reference of an image; takes (list $ .Values.image). */}}
{{- define "netflow2traces.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- with $root.Values.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default $root.Chart.AppVersion }}{{ end -}}
{{- end -}}
