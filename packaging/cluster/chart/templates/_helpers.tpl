{{- define "apportion.labels" -}}
app.kubernetes.io/name: apportion
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "apportion.selector" -}}
app.kubernetes.io/name: apportion
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "apportion.image" -}}
{{ required "image.repository is needed: build packaging/Containerfile, and push it to a registry of yours" .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* By which workers reach the service; its certificate must name it, too. */}}
{{- define "apportion.serviceName" -}}
{{ .Release.Name }}.{{ .Release.Namespace }}.svc
{{- end }}

{{- define "apportion.trinoSecret" -}}
{{ required "trino.sharedSecret is needed: the name of a secret with the entry shared-secret" .Values.trino.sharedSecret }}
{{- end }}

{{- define "apportion.homeClaim" -}}
{{ .Values.home.existingClaim | default (printf "%s-home" .Release.Name) }}
{{- end }}

{{- define "apportion.lakeClaim" -}}
{{ .Values.lake.existingClaim | default (printf "%s-lake" .Release.Name) }}
{{- end }}

{{/* What all pods have in common. */}}
{{- define "apportion.pod" -}}
automountServiceAccountToken: false
securityContext:
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "apportion.container" -}}
securityContext:
  runAsUser: {{ .Values.user }}
  runAsGroup: {{ .Values.user }}
  runAsNonRoot: true
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* New volumes belong to root. A group of the volumes instead would let it read the key of the secrets. */}}
{{- define "apportion.prepareVolumes" -}}
name: prepare-volumes
image: {{ include "apportion.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [install, --directory, --mode=0700, --owner={{ .Values.user }}, --group={{ .Values.user }}, /home-volume, /share/lake, /share/delta, /share/trino, /share/trino/metastore, /share/trino/exchange]
securityContext:
  runAsUser: 0
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL], add: [CHOWN, FOWNER, DAC_OVERRIDE]}
volumeMounts:
  - {name: home, mountPath: /home-volume}
  - {name: lake, mountPath: /share}
{{- end }}

{{- define "apportion.trinoMounts" -}}
- {name: trino-config, mountPath: /etc/trino, readOnly: true}
- {name: trino-data, mountPath: /data/trino}
- {name: tmp, mountPath: /tmp}
- {name: lake, mountPath: /var/lib/apportion/lake, subPath: lake, readOnly: true}
- {name: lake, mountPath: /var/lib/apportion/delta, subPath: delta, readOnly: true}
- {name: lake, mountPath: /var/lib/apportion-trino, subPath: trino}
{{- end }}

{{/* ROLE: coordinator or worker. */}}
{{- define "apportion.trinoConfig" -}}
- name: trino-config
  configMap:
    name: {{ .root.Release.Name }}-trino
    items:
      - {key: {{ .role }}.properties, path: config.properties}
      - {key: lake.properties, path: catalog/lake.properties}
      - {key: exchange-manager.properties, path: exchange-manager.properties}
      - {key: node.properties, path: node.properties}
      - {key: jvm.config, path: jvm.config}
- {name: trino-data, emptyDir: {}}
{{- end }}
