package main

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	byOwner = "owner"
	manager = "reference"
)

// How many Deployments have a result, and when the last of them was written.
type progress struct {
	done atomic.Int64
	last atomic.Int64
}

type reconciler struct {
	client   client.Client
	progress *progress
}

func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var deployment appsv1.Deployment
	if err := r.client.Get(ctx, request.NamespacedName, &deployment); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	images, err := r.imagesOf(ctx, &deployment)
	if err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{}, r.write(ctx, &deployment, images)
}

// Those that run, by their digests.
func (r *reconciler) imagesOf(ctx context.Context, deployment *appsv1.Deployment) ([]Image, error) {
	inNamespace := client.InNamespace(deployment.Namespace)
	var sets appsv1.ReplicaSetList
	if err := r.client.List(ctx, &sets, inNamespace, client.MatchingFields{byOwner: deployment.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	found := map[string]Image{}
	for _, set := range sets.Items {
		var pods corev1.PodList
		if err := r.client.List(ctx, &pods, inNamespace, client.MatchingFields{byOwner: set.Name}, client.UnsafeDisableDeepCopy); err != nil {
			return nil, err
		}
		for _, pod := range pods.Items {
			for _, status := range pod.Status.ContainerStatuses {
				if _, digest, isKnown := strings.Cut(status.ImageID, "@"); isKnown {
					found[digest] = Image{
						Reference: status.Image, Digest: digest, State: "Scanned", Revision: "Current",
						Containers: []ImageContainer{{Kind: "Container", Name: status.Name}},
					}
				}
			}
		}
	}
	images := []Image{}
	for _, image := range found {
		images = append(images, image)
	}
	slices.SortFunc(images, func(a, b Image) int { return strings.Compare(a.Digest, b.Digest) })
	return images, nil
}

func (r *reconciler) write(ctx context.Context, deployment *appsv1.Deployment, images []Image) error {
	key := types.NamespacedName{Namespace: deployment.Namespace, Name: "deployment-" + deployment.Name}
	var before XrayScanResult
	err := r.client.Get(ctx, key, &before)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	isNew := err != nil
	status := statusOf(images, before.Status)
	if reflect.DeepEqual(before.Status, status) {
		return nil
	}
	if isNew {
		spec := &ResultSpec{WorkloadRef{"apps/v1", "Deployment", deployment.Name, string(deployment.UID)}}
		if err := r.client.Patch(ctx, result(key, spec, nil), client.Apply, client.FieldOwner(manager), client.ForceOwnership); err != nil {
			return err
		}
	}
	if err := r.client.Status().Patch(ctx, result(key, nil, status), client.Apply, client.FieldOwner(manager), client.ForceOwnership); err != nil {
		return err
	}
	if isNew {
		r.progress.last.Store(time.Now().UnixNano())
		r.progress.done.Add(1)
	}
	return nil
}

func result(key types.NamespacedName, spec *ResultSpec, status *ResultStatus) *XrayScanResult {
	return &XrayScanResult{
		TypeMeta:   metav1.TypeMeta{APIVersion: "kubexray.io/v1alpha1", Kind: "XrayScanResult"},
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name},
		Spec:       spec,
		Status:     status,
	}
}

// The same as the operator writes of a workload that breaks no rule. What was known before stays, so that nothing is written twice.
func statusOf(images []Image, before *ResultStatus) *ResultStatus {
	now := time.Now().UTC()
	known := map[string]Image{}
	conditions := conditionsAt(metav1.NewTime(now.Truncate(time.Second)))
	if before != nil {
		conditions = before.Conditions
		for _, image := range before.Images {
			known[image.Digest] = image
		}
	}
	references := []string{}
	for i := range images {
		image := &images[i]
		references = append(references, image.Reference)
		image.FactsAt = now.Format("2006-01-02T15:04:05.000Z")
		image.FirstSeen = image.FactsAt
		if earlier, isKnown := known[image.Digest]; isKnown {
			image.FactsAt, image.FirstSeen = earlier.FactsAt, earlier.FirstSeen
		}
	}
	licenses := []string{"Apache-2.0", "BSD-3-Clause", "GPL-3.0-only", "MIT"}
	return &ResultStatus{
		Action: "None", Verdict: "Compliant", Message: "No policy is violated.", ObservedGeneration: 1,
		Conditions: conditions, Images: images, ImagesText: strings.Join(references, ","),
		Licenses: licenses, LicensesText: strings.Join(licenses, ","),
		Summary: Summary{High: 4, Low: 8, Medium: 8}, Violations: []string{},
	}
}

func conditionsAt(at metav1.Time) []metav1.Condition {
	condition := func(kind, reason, message string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: "True", Reason: reason, Message: message, LastTransitionTime: at, ObservedGeneration: 1}
	}
	return []metav1.Condition{
		condition("Scanned", "Scanned", "Xray knows every image."),
		condition("SecurityCompliant", "NoViolation", "No policy is violated."),
		condition("LicenseCompliant", "NoViolation", "No policy is violated."),
		condition("Enforced", "NothingToEnforce", "Nothing has to be stopped."),
		condition("Ready", "Compliant", "No policy is violated."),
	}
}
