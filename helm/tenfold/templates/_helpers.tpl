{{- define "tenfold.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 44 | trimSuffix "-" -}}
{{- end -}}

{{/* A CronJob's name has 52 characters at most, `-cleanup` among them. */}}
{{- define "tenfold.fullname" -}}
{{- $name := include "tenfold.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 44 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 44 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 44 | trimSuffix "-" -}}
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

{{- define "tenfold.tls" -}}
{{- if hasSuffix "SSL" .Values.kafka.securityProtocol -}}yes{{- end -}}
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

{{/* "yes" for a variable that holds a credential. */}}
{{- define "tenfold.credential" -}}
{{- if regexMatch "(PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|JAAS_CONFIG|(ACCESS|SECRET|PRIVATE|ACCOUNT|API)_KEY|KEYSTORE_KEY|HEADERS)$" . -}}yes{{- end -}}
{{- end -}}

{{/* "yes" for a value with a credential inside, such as http://user:password@host. */}}
{{- define "tenfold.credentialInside" -}}
{{- if regexMatch "://[^/@ ]+:[^/@ ]+@|(?i)(password|secret|token)=" . -}}yes{{- end -}}
{{- end -}}

{{/* Stops where a credential would stand in the open: (list where variable value). */}}
{{- define "tenfold.noCredential" -}}
{{- if or (include "tenfold.credential" (index . 1)) (include "tenfold.credentialInside" (index . 2)) -}}
{{- fail (printf "%s is a credential, and everyone who may look at this object could read it. Put it into a secret of your own, and give it to the pods by extraEnv: [{name: %s, valueFrom: {secretKeyRef: {name: …, key: …}}}]" (index . 0) (index . 1)) -}}
{{- end -}}
{{- end -}}

{{/* The port of a URL or of host:port. */}}
{{- define "tenfold.port" -}}
{{- $authority := regexReplaceAll "^([a-z0-9]+://)?([^/]*).*$" . "${2}" -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $authority) | default (ternary "80" "443" (hasPrefix "http://" .)) -}}
{{- end -}}

{{/* Ports of a rule, and those that settings name: (list rule ports). */}}
{{- define "tenfold.openPorts" -}}
{{- $ports := list -}}
{{- range (index . 0).ports -}}{{- $ports = append $ports (toString .) -}}{{- end -}}
{{- range concat $ports (index . 1) | uniq }}
- {protocol: TCP, port: {{ . }}}
{{- end -}}
{{- end -}}

{{/* A host as it is called from another namespace: (list root host). KEDA asks from its own. */}}
{{- define "tenfold.fromElsewhere" -}}
{{- $host := index . 1 -}}
{{- if or (contains "." $host) (contains ":" $host) (eq $host "localhost") -}}{{ $host }}{{- else -}}{{ printf "%s.%s.svc" $host (index . 0).Release.Namespace }}{{- end -}}
{{- end -}}

{{- define "tenfold.brokersFromElsewhere" -}}
{{- $brokers := list -}}
{{- range splitList "," .Values.kafka.bootstrapServers -}}
{{- $broker := trim . -}}
{{- $port := regexFind ":[0-9]+$" $broker -}}
{{- $brokers = append $brokers (printf "%s%s" (include "tenfold.fromElsewhere" (list $ (trimSuffix $port $broker))) $port) -}}
{{- end -}}
{{- join "," $brokers -}}
{{- end -}}

{{/* Bytes of a quantity, as a float. */}}
{{- define "tenfold.bytes" -}}
{{- $units := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- mulf (regexFind "^[0-9.]+" . | float64) (get $units (regexFind "[A-Za-z]+$" .)) -}}
{{- end -}}

{{/* Where a pod finds the certificate of the database's authority; without one, Java's own authorities are asked. */}}
{{- define "tenfold.databaseUrl" -}}
{{- $database := .Values.database -}}
{{- $parameters := printf "sslmode=%s" $database.sslmode -}}
{{- if $database.caSecret -}}
{{- $parameters = printf "%s&sslrootcert=/etc/tenfold/database/ca.crt" $parameters -}}
{{- else if hasPrefix "verify" $database.sslmode -}}
{{- $parameters = printf "%s&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory" $parameters -}}
{{- end -}}
{{- printf "jdbc:postgresql://%s:%d/%s?%s" $database.host (int $database.port) $database.name $parameters -}}
{{- end -}}

{{- define "tenfold.kedaSslmode" -}}
{{- $own := .Values.scaling.databaseSslmode -}}
{{- if and .Values.database.caSecret (hasPrefix "verify" .Values.database.sslmode) (not $own) -}}
{{- fail "KEDA can't be given the authority of database.caSecret; set scaling.databaseSslmode to require, or to verify-full where KEDA itself trusts that authority" -}}
{{- end -}}
{{- default .Values.database.sslmode $own -}}
{{- end -}}

{{/* A number that KEDA asks the database for: (list root query). */}}
{{- define "tenfold.databaseTrigger" -}}
{{- $root := index . 0 -}}
- type: postgresql
  metadata:
    host: {{ include "tenfold.fromElsewhere" (list $root $root.Values.database.host) }}
    port: {{ $root.Values.database.port | quote }}
    dbName: {{ $root.Values.database.name }}
    sslmode: {{ include "tenfold.kedaSslmode" $root }}
    query: {{ index . 1 }}
    targetQueryValue: "1"
  authenticationRef:
    name: {{ include "tenfold.fullname" $root }}-database
{{- end -}}

{{/* KEDA's count of rows that wait or run. */}}
{{- define "tenfold.rowsTrigger" -}}
{{ include "tenfold.databaseTrigger" (list . "select count(*) from job where state in ('queued', 'running')") }}
{{- end -}}

{{/* KEDA's count of records that the group has not read: (list root topic). */}}
{{- define "tenfold.lagTrigger" -}}
{{- $root := index . 0 -}}
- type: kafka
  metadata:
    bootstrapServers: {{ include "tenfold.brokersFromElsewhere" $root }}
    consumerGroup: {{ $root.Values.kafka.group }}
    topic: {{ index . 1 }}
    lagThreshold: "1"
    offsetResetPolicy: earliest
    {{- if include "tenfold.tls" $root }}
    tls: enable
    {{- end }}
    {{- if include "tenfold.sasl" $root }}
    sasl: {{ get (dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512") $root.Values.kafka.saslMechanism }}
    {{- end }}
  {{- if include "tenfold.kafkaAuthentication" $root }}
  authenticationRef:
    name: {{ include "tenfold.fullname" $root }}-kafka
  {{- end }}
{{- end -}}

{{- define "tenfold.kafkaAuthentication" -}}
{{- if or (include "tenfold.sasl" .) (and (include "tenfold.tls" .) .Values.kafka.caSecret) -}}yes{{- end -}}
{{- end -}}
