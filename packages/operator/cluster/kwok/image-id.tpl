{{- /*
  imageID: what a container runtime reports once the image is on the node. digestOf() in src/testing/cluster/digest.ts is the same rule.
  Takes a dict of "image" (the reference) and "pod"; the pod's annotation test.dot-kube.dev/image-id chooses the form:
  "repo@digest" (default, containerd), "docker-pullable" (dockershim), "digest" (an image that was loaded, not pulled).
*/ -}}
{{- define "imageID" -}}
{{- $beforeDigest := first (splitList "@" .image) -}}
{{- $parts := splitList "/" $beforeDigest -}}
{{- $first := first $parts -}}
{{- $host := "docker.io" -}}
{{- $path := $beforeDigest -}}
{{- if and (gt (len $parts) 1) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
  {{- $host = $first -}}
  {{- $path = rest $parts | join "/" -}}
{{- end -}}
{{- if and (eq $host "docker.io") (not (contains "/" $path)) -}}
  {{- $path = printf "library/%s" $path -}}
{{- end -}}
{{- if not (regexMatch ":[^/]+$" $path) -}}
  {{- $path = printf "%s:latest" $path -}}
{{- end -}}
{{- $digest := printf "%s/%s" $host $path | sha256sum | printf "sha256:%s" -}}
{{- if contains "@" .image -}}
  {{- $digest = last (splitList "@" .image) -}}
{{- end -}}
{{- $repository := printf "%s/%s" $host (regexReplaceAll ":[^/]+$" $path "") -}}
{{- $form := index (or .pod.metadata.annotations dict) "test.dot-kube.dev/image-id" | default "repo@digest" -}}
{{- if eq $form "docker-pullable" -}}
  {{- printf "docker-pullable://%s@%s" $repository $digest | Quote -}}
{{- else if eq $form "digest" -}}
  {{- $digest | Quote -}}
{{- else -}}
  {{- printf "%s@%s" $repository $digest | Quote -}}
{{- end -}}
{{- end -}}
