{{/*
The template of a pod. Dict: root, component (gateway, runner, worker, cleanup), args (list).
gateway and runner of a Deployment live long; runner and worker of a Job end by themselves.
*/}}
{{- define "tenfold.podTemplate" -}}
{{- $root := .root -}}
{{- $trains := has .component (list "runner" "worker") -}}
{{- $serves := or $trains (eq .component "gateway") -}}
{{- $long := or (eq .component "gateway") (and $trains (not (include "tenfold.jobs" $root))) -}}
{{- $pod := ternary $root.Values.runner $root.Values.gateway $trains -}}
{{- $gpu := and $trains (eq $root.Values.runner.device "gpu") -}}
{{- $kafkaCa := ternary $root.Values.kafka.caSecret "" (eq (include "tenfold.tls" $root) "yes") -}}
metadata:
  labels:
    {{- include "tenfold.selector" (list $root .component) | nindent 4 }}
    app.kubernetes.io/part-of: tenfold
    {{- with $pod.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if or $serves $pod.podAnnotations }}
  annotations:
    {{- if $trains }}
    # Autoscalers of nodes leave a node alone while a job trains on it.
    cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    karpenter.sh/do-not-disrupt: "true"
    {{- end }}
    {{- if $long }}
    checksum/config: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
    {{- end }}
    {{- with $pod.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: {{ include "tenfold.serviceAccount" $root }}
  automountServiceAccountToken: false
  # A Service called tenfold would put TENFOLD_PORT and the like between the settings.
  enableServiceLinks: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if not $long }}
  restartPolicy: Never
  {{- end }}
  terminationGracePeriodSeconds: {{ if $trains }}{{ include "tenfold.grace" $root }}{{ else }}{{ $root.Values.gateway.terminationGracePeriodSeconds }}{{ end }}
  {{- with $pod.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- if $gpu }}
  {{- with $root.Values.runner.gpu.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- with merge (dict) $pod.nodeSelector (ternary $root.Values.runner.gpu.nodeSelector (dict) $gpu) }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- $tolerations := concat (ternary $root.Values.runner.gpu.tolerations (list) $gpu) (ternary (include "tenfold.spotTolerations" . | fromYamlArray) (list) (and $trains $root.Values.runner.spot)) $pod.tolerations }}
  {{- with $tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $pod.affinity }}
  affinity:
    {{- toYaml $pod.affinity | nindent 4 }}
  {{- else if and $trains $root.Values.runner.spot }}
  affinity:
    {{- include "tenfold.spotAffinity" . | nindent 4 }}
  {{- end }}
  {{- if $pod.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml $pod.topologySpreadConstraints | nindent 4 }}
  {{- else if eq .component "gateway" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "tenfold.selector" (list $root "gateway") | nindent 10 }}
  {{- end }}
  containers:
    - name: tenfold
      image: {{ include "tenfold.image" (list $root $gpu) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      {{- if $serves }}
      ports:
        - {name: http, containerPort: 8080}
      {{- end }}
      env:
        {{- include "tenfold.env" (dict "root" $root "component" .component "trains" $trains "gpu" $gpu "pod" $pod) | nindent 8 }}
      envFrom:
        - configMapRef: {name: {{ include "tenfold.fullname" $root }}}
      resources:
        {{- if not $trains }}
        {{- toYaml $root.Values.gateway.resources | nindent 8 }}
        {{- else }}
        {{- include "tenfold.runnerResources" $root | nindent 8 }}
        {{- end }}
      {{- if $serves }}
      startupProbe:
        httpGet: {path: /q/health/live, port: http}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 60
      # Training takes every core: a probe may have to wait.
      livenessProbe:
        httpGet: {path: /q/health/live, port: http}
        periodSeconds: {{ ternary 20 10 $trains }}
        timeoutSeconds: {{ ternary 10 5 $trains }}
        failureThreshold: 6
      {{- end }}
      {{- if $long }}
      readinessProbe:
        httpGet: {path: /q/health/ready, port: http}
        periodSeconds: {{ ternary 10 5 $trains }}
        timeoutSeconds: {{ ternary 10 5 $trains }}
        failureThreshold: 3
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: cache, mountPath: /var/cache/tenfold}
        {{- if $kafkaCa }}
        - {name: kafka-ca, mountPath: /etc/tenfold/kafka, readOnly: true}
        {{- end }}
        {{- if $root.Values.database.caSecret }}
        - {name: database-ca, mountPath: /etc/tenfold/database, readOnly: true}
        {{- end }}
        {{- with $root.Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: {{ ternary $root.Values.runner.workSize "512Mi" $trains }}}
    - name: cache
      {{- if and $trains $root.Values.cache.claim.enabled }}
      persistentVolumeClaim: {claimName: {{ include "tenfold.cacheClaim" $root }}}
      {{- else }}
      emptyDir: {sizeLimit: {{ ternary $root.Values.cache.size "128Mi" $trains }}}
      {{- end }}
    {{- if $kafkaCa }}
    - name: kafka-ca
      secret: {secretName: {{ $kafkaCa }}, items: [{key: ca.crt, path: ca.crt}]}
    {{- end }}
    {{- with $root.Values.database.caSecret }}
    - name: database-ca
      secret: {secretName: {{ . }}, items: [{key: ca.crt, path: ca.crt}]}
    {{- end }}
    {{- with $root.Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "tenfold.image" -}}
{{- $root := index . 0 -}}
{{- $tag := default $root.Chart.AppVersion $root.Values.image.tag -}}
{{- if index . 1 -}}{{- $tag = default (printf "%s-gpu" $tag) $root.Values.image.gpuTag -}}{{- end -}}
{{- printf "%s:%s" $root.Values.image.repository $tag -}}
{{- end -}}

{{- define "tenfold.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}
{{- end -}}

{{/* What the chart gives, then what a user adds; a name that stood twice would be the server's to refuse. */}}
{{- define "tenfold.env" -}}
{{- $given := include "tenfold.givenEnv" . -}}
{{- $names := list -}}
{{- range fromYamlArray $given -}}{{- $names = append $names .name -}}{{- end -}}
{{ $given }}
{{- range .root.Values.extraEnv }}
{{- if has .name $names }}
{{- fail (printf "extraEnv has %s, which the chart gives itself; there is a value for it" .name) }}
{{- end }}
{{- if .value }}
{{- include "tenfold.noCredential" (list (printf "extraEnv's value of %s" .name) .name (toString .value)) }}
{{- end }}
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tenfold.givenEnv" -}}
{{- $values := .root.Values -}}
{{- if eq .component "gateway" }}
- name: TENFOLD_ROLES
  value: intake,relay
{{- end }}
{{- if .trains }}
# As many threads as cores: more would wait for each other.
# The divisor is said because KEDA writes it into the object and would own it from then on.
- name: TENFOLD_THREADS
  valueFrom:
    resourceFieldRef: {containerName: tenfold, resource: limits.cpu, divisor: "1"}
# Below a CPU limit, threads that spin while they wait are stopped by it.
- name: OMP_WAIT_POLICY
  value: passive
{{- end }}
{{- with .pod.javaOptions }}
{{- if not $.trains }}
# The image's own heap, 1 GB, is larger than this pod.
{{- end }}
- name: JDK_JAVA_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{ include "tenfold.secretVariable" (dict "name" "QUARKUS_DATASOURCE_USERNAME" "secret" $values.database.existingSecret "key" "username") }}
{{ include "tenfold.secretVariable" (dict "name" "QUARKUS_DATASOURCE_PASSWORD" "secret" $values.database.existingSecret "key" "password") }}
{{- if and .trains $values.s3.existingSecret }}
{{ include "tenfold.secretVariable" (dict "name" "TENFOLD_STORAGE_S3_ACCESS_KEY" "secret" $values.s3.existingSecret "key" "access-key") }}
{{ include "tenfold.secretVariable" (dict "name" "TENFOLD_STORAGE_S3_SECRET_KEY" "secret" $values.s3.existingSecret "key" "secret-key") }}
{{- end }}
{{- if include "tenfold.sasl" .root }}
{{ include "tenfold.secretVariable" (dict "name" "KAFKA_SASL_JAAS_CONFIG" "secret" $values.kafka.existingSecret "key" "sasl-jaas-config") }}
{{- end }}
{{- if .gpu }}
- name: TENFOLD_DEVICE
  value: "cuda:0"
{{- end }}
{{- if and .trains (ne (include "tenfold.budget" .root) "25") }}
- name: TENFOLD_WORKER_SHUTDOWN_BUDGET
  value: PT{{ include "tenfold.budget" .root }}S
{{- end }}
{{- end -}}

{{- define "tenfold.runnerResources" -}}
{{- $runner := .Values.runner -}}
{{- $gpu := eq $runner.device "gpu" -}}
{{- $memory := ternary "12Gi" "6Gi" $gpu -}}
{{- $volumes := include "tenfold.bytes" $runner.workSize | float64 -}}
{{- if not .Values.cache.claim.enabled -}}
{{- $volumes = addf $volumes (include "tenfold.bytes" .Values.cache.size | float64) -}}
{{- end -}}
{{- $storage := printf "%dGi" (add 10 (divf $volumes 1073741824.0 | ceil | int64)) -}}
{{- $requests := dict "cpu" "2" "memory" $memory "ephemeral-storage" "10Gi" -}}
{{- $limits := dict "cpu" "2" "memory" $memory "ephemeral-storage" $storage -}}
{{- if $gpu -}}
{{- $_ := set $requests $runner.gpu.resourceName (toString $runner.gpu.count) -}}
{{- $_ := set $limits $runner.gpu.resourceName (toString $runner.gpu.count) -}}
{{- end -}}
{{- $resources := mergeOverwrite (dict "requests" $requests "limits" $limits) (deepCopy $runner.resources) -}}
{{- if not (regexMatch "^[1-9][0-9]*$" (toString $resources.limits.cpu)) -}}
{{- fail (printf "runner.resources.limits.cpu is %v; give whole cores, since a worker has as many threads" $resources.limits.cpu) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{- define "tenfold.spotTolerations" -}}
- {key: cloud.google.com/gke-spot, operator: Equal, value: "true", effect: NoSchedule}
- {key: kubernetes.azure.com/scalesetpriority, operator: Equal, value: spot, effect: NoSchedule}
{{- end -}}

{{- define "tenfold.spotAffinity" -}}
nodeAffinity:
  # Each cloud has its own word for such a node.
  preferredDuringSchedulingIgnoredDuringExecution:
    {{- range $key, $value := dict "karpenter.sh/capacity-type" "spot" "eks.amazonaws.com/capacityType" "SPOT" "cloud.google.com/gke-spot" "true" "kubernetes.azure.com/scalesetpriority" "spot" }}
    - weight: 100
      preference:
        matchExpressions:
          - {key: {{ $key }}, operator: In, values: [{{ $value | quote }}]}
    {{- end }}
{{- end -}}
