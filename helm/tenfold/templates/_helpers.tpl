{{- define "tenfold.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tenfold.fullname" -}}
{{- $name := include "tenfold.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tenfold.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "tenfold.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* What pods are selected by: (list root component). */}}
{{- define "tenfold.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "tenfold.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
{{- if gt (len .) 1 }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}
{{- end -}}

{{/* Labels of an object: (list root component) or (list root). */}}
{{- define "tenfold.labels" -}}
{{- $root := index . 0 -}}
{{ include "tenfold.selector" . }}
app.kubernetes.io/part-of: tenfold
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* "yes" where an API can be had: (list root api). */}}
{{- define "tenfold.has" -}}
{{- $root := index . 0 -}}
{{- if or ($root.Capabilities.APIVersions.Has (index . 1)) (has (index . 1) $root.Values.apiVersions) -}}yes{{- end -}}
{{- end -}}

{{- define "tenfold.always" -}}
{{- if ne .Values.scaling.mode "scaleToZero" -}}yes{{- end -}}
{{- end -}}

{{- define "tenfold.jobs" -}}
{{- if has .Values.scaling.mode (list "scaledJob" "scaleToZero") -}}yes{{- end -}}
{{- end -}}

{{- define "tenfold.sasl" -}}
{{- if hasPrefix "SASL" .Values.kafka.securityProtocol -}}yes{{- end -}}
{{- end -}}

{{- define "tenfold.cacheClaim" -}}
{{- default (printf "%s-cache" (include "tenfold.fullname" .)) .Values.cache.claim.existingClaim -}}
{{- end -}}

{{- define "tenfold.budget" -}}
{{- if .Values.runner.spot -}}{{ max 90 (int .Values.runner.shutdownBudgetSeconds) }}{{- else -}}{{ int .Values.runner.shutdownBudgetSeconds }}{{- end -}}
{{- end -}}

{{- define "tenfold.grace" -}}
{{- $grace := int .Values.runner.terminationGracePeriodSeconds -}}
{{- if .Values.runner.spot -}}{{- $grace = max 120 $grace | int -}}{{- end -}}
{{- if lt $grace (add 7 (include "tenfold.budget" . | int) | int) -}}
{{- fail (printf "runner.terminationGracePeriodSeconds is %d, too short for a handover of %s s; give 7 more at least" $grace (include "tenfold.budget" .)) -}}
{{- end -}}
{{- $grace -}}
{{- end -}}

{{/* The name that a setting has in the environment. */}}
{{- define "tenfold.variable" -}}
{{- regexReplaceAll "[^A-Z0-9]" (upper .) "_" -}}
{{- end -}}

{{/* KEDA's count of rows that wait or run. */}}
{{- define "tenfold.rowsTrigger" -}}
- type: postgresql
  metadata:
    host: {{ .Values.database.host }}
    port: {{ .Values.database.port | quote }}
    dbName: {{ .Values.database.name }}
    sslmode: {{ .Values.database.sslmode }}
    query: select count(*) from job where state in ('queued', 'running')
    targetQueryValue: "1"
  authenticationRef:
    name: {{ include "tenfold.fullname" . }}-database
{{- end -}}
